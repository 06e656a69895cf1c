'use strict';

const { test } = require('node:test');
const assert = require('node:assert/strict');
const { createHash, createHmac } = require('node:crypto');
const { crc32 } = require('node:zlib');
const { WorkerPool } = require('./support/build-with-test-workers');
const { bytesOf, integersOf } = require('./support/bytes');
const { scale } = require('./support/scale');

/** The algorithms of node:crypto. */
const CRYPTO = [
  'sha1',
  'sha224',
  'sha256',
  'sha384',
  'sha512',
  'sha512-256',
  'sha3-256',
  'sha3-512',
  'md5',
  'blake2b512',
  'blake2s256',
];
const ALL = [...CRYPTO, 'blake3', 'crc32', 'xxh64', 'xxh3', 'xxh128'];

/** How many bytes are hashed between two looks at the token; see crates/workers/src/source.rs. */
const PIECE = 128 * 1024;

/** Blocks of the algorithms, the places where their padding needs another block, and the limits of XXH3's ways. */
const BOUNDARIES = [8, 16, 56, 64, 72, 112, 128, 136, 240, 256, 512, 1024];

const around = (length) => [length - 1, length, length + 1];

const LENGTHS = [
  0,
  ...BOUNDARIES.flatMap(around),
  ...BOUNDARIES.flatMap((block) => around(3 * block)),
  ...integersOf('lengths', scale(200, 20), 5000),
  ...around(PIECE),
  ...around(2 * PIECE),
  PIECE + 64,
  ...integersOf('long lengths', scale(20, 3), 4 * PIECE),
];

function expected(algorithm, data, encoding = 'hex') {
  if (algorithm !== 'crc32') return createHash(algorithm).update(data).digest(encoding);
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(crc32(data));
  return bytes.toString(encoding);
}

/** Runs a test with a pool of two threads. */
const withPool = (run) => async (t) => {
  const pool = new WorkerPool(2, 'native:hash');
  try {
    await run(pool, t);
  } finally {
    await pool.close();
  }
};

for (const algorithm of [...CRYPTO, 'crc32']) {
  test(
    `${algorithm} agrees with Node.js for lengths around each block and piece`,
    { skip: algorithm === 'crc32' && crc32 === undefined },
    withPool(async (pool) => {
      const inputs = LENGTHS.map((length) => bytesOf(algorithm, length));
      const hashes = await pool.map(inputs.map((data) => ({ data, algorithm })));
      inputs.forEach((data, i) => {
        assert.equal(hashes[i], expected(algorithm, data), `${data.length} bytes`);
      });
    }),
  );
}

for (const algorithm of CRYPTO) {
  test(
    `an HMAC with ${algorithm} agrees with node:crypto for keys around the block size`,
    withPool(async (pool) => {
      const lengths = [0, 1, ...[64, 72, 128, 136, 256].flatMap(around), 1000];
      const keys = lengths.map((length) => bytesOf('key', length));
      for (const data of ['', 'what do ya want for nothing?', bytesOf('message', PIECE + 1)]) {
        const hashes = await pool.map(keys.map((key) => ({ data, algorithm, key })));
        keys.forEach((key, i) => {
          assert.equal(
            hashes[i],
            createHmac(algorithm, key).update(data).digest('hex'),
            `a key of ${key.length} bytes`,
          );
        });
      }
    }),
  );
}

/** Of https://github.com/BLAKE3-team/BLAKE3/blob/master/test_vectors/test_vectors.json: length, hash, keyed hash. */
const BLAKE3 = [
  [
    0,
    'af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262',
    '92b2b75604ed3c761f9d6f62392c8a9227ad0ea3f09573e783f1498a4ed60d26',
  ],
  [
    1,
    '2d3adedff11b61f14c886e35afa036736dcd87a74d27b5c1510225d0f592e213',
    '6d7878dfff2f485635d39013278ae14f1454b8c0a3a2d34bc1ab38228a80c95b',
  ],
  [
    1023,
    '10108970eeda3eb932baac1428c7a2163b0e924c9a9e25b35bba72b28f70bd11',
    'c951ecdf03288d0fcc96ee3413563d8a6d3589547f2c2fb36d9786470f1b9d6e',
  ],
  [
    1024,
    '42214739f095a406f3fc83deb889744ac00df831c10daa55189b5d121c855af7',
    '75c46f6f3d9eb4f55ecaaee480db732e6c2105546f1e675003687c31719c7ba4',
  ],
  [
    1025,
    'd00278ae47eb27b34faecf67b4fe263f82d5412916c1ffd97c8cb7fb814b8444',
    '357dc55de0c7e382c900fd6e320acc04146be01db6a8ce7210b7189bd664ea69',
  ],
  [
    3073,
    '7124b49501012f81cc7f11ca069ec9226cecb8a2c850cfe644e327d22d3e1cd3',
    '68dede9bef00ba89e43f31a6825f4cf433389fedae75c04ee9f0cf16a427c95a',
  ],
  [
    7169,
    'a003fc7a51754a9b3c7fae0367ab3d782dccf28855a03d435f8cfe74605e7817',
    'ed9b1a922c046fdb3d423ae34e143b05ca1bf28b710432857bf738bcedbfa511',
  ],
];

test(
  'blake3 and its keyed mode agree with the published vectors',
  withPool(async (pool) => {
    const algorithm = 'blake3';
    for (const [length, hash, keyed] of BLAKE3) {
      const data = Buffer.from(Array.from({ length }, (_, i) => i % 251));
      assert.equal(await pool.run({ data, algorithm }), hash, `${length} bytes`);
      assert.equal(await pool.run({ data, algorithm, key: 'whats the Elvish word for friend' }), keyed);
    }
  }),
);

/** Of https://github.com/Cyan4973/xxHash/blob/dev/tests/sanity_test_vectors.h, with seed 0. */
const XXH = {
  xxh64: [
    [0, 'ef46db3751d8e999'],
    [1, 'e934a84adb052768'],
    [4, '9136a0dca57457ee'],
    [14, '8282dcc4994e35c8'],
    [222, 'b641ae8cb691c174'],
  ],
  xxh3: [
    [0, '2d06800538d394c2'],
    [1, 'c44bdff4074eecdb'],
    [6, '27b56a84cd2d7325'],
    [12, 'a713daf0dfbb77e7'],
    [24, 'a3fe70bf9d3510eb'],
    [48, '397da259ecba1f11'],
    [80, 'bcdefbbb2c47c90a'],
    [195, 'cd94217ee362ec3a'],
    [403, 'cdeb804d65c6dea4'],
    [512, '617e49599013cb6b'],
    [2048, 'dd59e2c3a5f038e0'],
    [2240, '6e73a90539cf2948'],
    [2367, 'cb37aeb9e5d361ed'],
  ],
  xxh128: [
    [0, '99aa06d3014798d86001c324468d497f'],
    [1, 'a6cd5e9392000f6ac44bdff4074eecdb'],
    [6, '082afe0b8162d12a3e7039bdda43cfc6'],
    [12, '6e3efd8fc7802b18061a192713f69ad9'],
    [24, '0ce966e4678d37611e7044d28b1b901d'],
    [48, 'a002ac4e5478227ef942219aed80f67b'],
  ],
};

/** The bytes of xxHash's own tests. */
function sanityBuffer(length) {
  let state = 2654435761n;
  return Buffer.from(
    Array.from({ length }, () => {
      const byte = Number(state >> 56n);
      state = BigInt.asUintN(64, state * 11400714785074694797n);
      return byte;
    }),
  );
}

for (const [algorithm, vectors] of Object.entries(XXH)) {
  test(
    `${algorithm} agrees with the published vectors`,
    withPool(async (pool) => {
      for (const [length, hash] of vectors) {
        assert.equal(await pool.run({ data: sanityBuffer(length), algorithm }), hash, `${length} bytes`);
      }
    }),
  );
}

test(
  'an encoding gives the same hash as hexadecimal, Base64, Base64 for URLs, or a Buffer',
  withPool(async (pool) => {
    for (const algorithm of ALL) {
      const data = bytesOf('encodings', 100);
      const buffer = await pool.run({ data, algorithm, encoding: 'buffer' });
      assert.ok(Buffer.isBuffer(buffer));
      assert.equal(buffer.buffer.byteLength, buffer.length, 'the ArrayBuffer is its own');
      for (const encoding of ['hex', 'base64', 'base64url']) {
        assert.equal(await pool.run({ data, algorithm, encoding }), buffer.toString(encoding), `${algorithm}`);
      }
    }
  }),
);

test(
  'the defaults are sha256 and hexadecimal, also for options that are undefined or null',
  withPool(async (pool) => {
    const hash = createHash('sha256').update('abc').digest('hex');
    assert.equal(await pool.run({ data: 'abc' }), hash);
    const nothing = { file: undefined, algorithm: null, key: undefined, encoding: null };
    assert.equal(await pool.run({ data: 'abc', ...nothing }), hash);
  }),
);

/** A shared buffer with these bytes. */
function shared(bytes) {
  const view = new Uint8Array(new SharedArrayBuffer(bytes.length));
  view.set(bytes);
  return view.buffer;
}

test(
  'a string, a buffer and every kind of view are hashed as the same bytes',
  withPool(async (pool) => {
    const bytes = Uint8Array.from(bytesOf('views', 64));
    const padded = new Uint8Array(128);
    padded.set(bytes, 24);
    const hash = createHash('sha1').update(bytes).digest('hex');
    const kinds = [
      bytes,
      bytes.buffer,
      Buffer.from(bytes),
      new DataView(bytes.buffer),
      new DataView(padded.buffer, 24, 64),
      padded.subarray(24, 88),
      shared(bytes),
      new Uint8Array(shared(padded), 24, 64),
      new DataView(shared(padded), 24, 64),
      new Uint8ClampedArray(bytes.buffer),
      new Int8Array(bytes.buffer),
      new Uint16Array(padded.buffer, 24, 32),
      new Int32Array(padded.buffer, 24, 16),
      new Float32Array(padded.buffer, 24, 16),
      new Float64Array(padded.buffer, 24, 8),
      new BigUint64Array(padded.buffer, 24, 8),
    ];
    for (const data of kinds) {
      assert.equal(await pool.run({ data, algorithm: 'sha1' }), hash, Object.prototype.toString.call(data));
    }
    const key = bytes.slice(0, 32);
    const keyed = await pool.run({ data: 'x', algorithm: 'blake3', key });
    for (const same of [key.buffer, new DataView(key.buffer), shared(key)]) {
      assert.equal(await pool.run({ data: 'x', algorithm: 'blake3', key: same }), keyed);
    }
  }),
);

test(
  'empty data of every kind are hashed',
  withPool(async (pool) => {
    const empty = createHash('sha256').digest('hex');
    const kinds = [
      '',
      new ArrayBuffer(0),
      new SharedArrayBuffer(0),
      Buffer.alloc(0),
      new DataView(new ArrayBuffer(8), 8),
    ];
    for (const data of kinds) assert.equal(await pool.run({ data }), empty);
  }),
);

test(
  'a string is hashed as UTF-8, with U+FFFD for lone surrogates',
  withPool(async (pool) => {
    for (const data of ['héllo', '日本語', '🦀🦀', 'a\0b', '\ud800', 'x\udc00y', '\ud83e', '\udd80\ud83e']) {
      assert.equal(await pool.run({ data }), createHash('sha256').update(data, 'utf8').digest('hex'), escape(data));
    }
  }),
);

test(
  'data that change after run is called are hashed as they were',
  withPool(async (pool) => {
    const data = bytesOf('changes', PIECE);
    const hash = createHash('sha256').update(data).digest('hex');
    const task = pool.run({ data });
    data.fill(0);
    assert.equal(await task, hash);
  }),
);

test(
  'unknown fields are refused with the nearest name, unknown algorithms and encodings with the list',
  withPool(async (pool) => {
    const wrong = { name: 'TypeError', code: 'ERR_INVALID_ARG_VALUE' };
    const message = 'data.algoritm is not a field of hash; did you mean algorithm?';
    await assert.rejects(pool.run({ data: '', algoritm: 'md5' }), { ...wrong, message });
    for (const algorithm of ['sha257', 'SHA256', '', 'constructor']) {
      await assert.rejects(pool.run({ data: '', algorithm }), (error) => {
        assert.equal(error.code, 'ERR_OUT_OF_RANGE');
        for (const name of ALL) assert.ok(error.message.includes(name), error.message);
        return true;
      });
    }
    await assert.rejects(pool.run({ data: '', encoding: 'latin1' }), {
      code: 'ERR_OUT_OF_RANGE',
      message: /hex, base64, base64url, buffer/,
    });
  }),
);

test(
  'data of a wrong type are refused, and the message names the field',
  withPool(async (pool) => {
    const type = { name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE' };
    for (const data of [5, true, [1, 2], {}, Symbol('s'), 5n, () => {}]) {
      await assert.rejects(pool.run({ data }), { ...type, message: /^data\.data must be/ });
      await assert.rejects(pool.run({ data: '', key: data }), { ...type, message: /^data\.key must be/ });
    }
    for (const data of ['text', 5, true, 5n])
      await assert.rejects(pool.run(data), { ...type, message: /^data must be/ });
    const either = 'The data of hash must have either data or file';
    const neither = { name: 'TypeError', code: 'ERR_INVALID_ARG_VALUE', message: `${either}; neither is present` };
    for (const data of [undefined, null, {}, { data: undefined }]) await assert.rejects(pool.run(data), neither);
    await assert.rejects(pool.run({ data: '', file: 'x' }), { ...neither, message: `${either}; both are present` });
    const getter = {
      get data() {
        throw new Error('boom');
      },
    };
    await assert.rejects(pool.run(getter), { code: 'ERR_INVALID_ARG_VALUE', message: 'data.data could not be read' });
    const { failed, submitted } = pool.stats();
    assert.equal(failed, submitted, 'bad data fail in their turn');
    assert.equal(pool.stats().crashes, 0);
  }),
);

test(
  'a key that an algorithm cannot use is refused',
  withPool(async (pool) => {
    const wrong = { name: 'TypeError', code: 'ERR_INVALID_ARG_VALUE' };
    for (const algorithm of ['crc32', 'xxh64', 'xxh3', 'xxh128']) {
      await assert.rejects(pool.run({ data: '', algorithm, key: 'key' }), {
        ...wrong,
        message: `${algorithm} has no key`,
      });
    }
    for (const length of [0, 31, 33, 64]) {
      await assert.rejects(pool.run({ data: '', algorithm: 'blake3', key: Buffer.alloc(length) }), {
        ...wrong,
        message: `The key of blake3 must have 32 bytes, not ${length}`,
      });
    }
  }),
);
