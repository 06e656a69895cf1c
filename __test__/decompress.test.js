'use strict';

const { test } = require('node:test');
const assert = require('node:assert/strict');
const zlib = require('node:zlib');
const { WorkerPool } = require('./support/build-with-test-workers');
const { bytesOf } = require('./support/bytes');
const { runProgram } = require('./support/child');
const { FORMATS } = require('./support/compression');
const { scale } = require('./support/scale');
const { textOf } = require('./support/texts');

const RECOGNIZED = ['gzip', 'deflate', 'zstd', 'lz4'];
const WITH_MEMBERS = ['gzip', 'zstd', 'lz4'];

/** These have no checksum, so not every change can be detected. */
const WITHOUT_CHECKSUM = ['deflate-raw', 'brotli'];

/** Runs a test with a pool of two threads. */
const withPool = (run) => async (t) => {
  const pool = new WorkerPool(2, { compress: 'native:compress', decompress: 'native:decompress' });
  try {
    await run(pool.proxy(), t);
  } finally {
    await pool.close();
  }
};

/** Compresses with a level that is fast. */
const fast = (compress, format, data) => compress({ data, format, level: Math.max(1, FORMATS[format].least) });

test(
  'a format is recognized by its first bytes',
  withPool(async ({ compress, decompress }) => {
    const data = textOf('auto', 10_000);
    for (const format of RECOGNIZED) {
      const compressed = await fast(compress, format, data);
      assert.ok((await decompress({ data: compressed })).equals(data), format);
      assert.ok((await decompress({ data: compressed, format: 'auto' })).equals(data), format);
    }
    for (const level of [0, 1, 6, 9]) {
      assert.ok(
        (await decompress({ data: zlib.deflateSync(data, { level, windowBits: 9 + (level % 7) }) })).equals(data),
      );
    }
  }),
);

test(
  'what cannot be recognized is refused, and the message names the field',
  withPool(async ({ compress, decompress }) => {
    const data = textOf('unknown', 1000);
    const unknown = [...WITHOUT_CHECKSUM.map((format) => fast(compress, format, data)), data, Buffer.alloc(20)];
    for (const given of await Promise.all(unknown)) {
      await assert.rejects(decompress({ data: given }), {
        name: 'Error',
        code: 'ERR_INVALID_DATA',
        message: /at byte 0: .*gzip, zlib, zstd or lz4; brotli.* cannot be recognized: pass data\.format/,
      });
    }
    await assert.rejects(decompress({ data: '' }), { code: 'ERR_INVALID_DATA', message: /unexpected end/ });
  }),
);

test(
  'members are one stream, also many and empty ones',
  withPool(async ({ compress, decompress }) => {
    for (const format of WITH_MEMBERS) {
      const parts = Array.from({ length: 300 }, (_, i) => textOf(i, i % 10 === 0 ? 0 : i * 7));
      const members = await Promise.all(parts.map((data) => fast(compress, format, data)));
      const result = await decompress({ data: Buffer.concat(members) });
      assert.ok(result.equals(Buffer.concat(parts)), format);
    }
  }),
);

test(
  'gzip with name, comment, extra field and header checksum is read',
  withPool(async ({ decompress }) => {
    const body = zlib.gzipSync('text').subarray(10);
    const fixed = Buffer.from('1f8b081f000000000003', 'hex'); // all flags
    const header = Buffer.concat([fixed, Buffer.from('0300616263', 'hex'), Buffer.from('name\0comment\0')]);
    const checksum = Buffer.alloc(2);
    checksum.writeUInt16LE(crc32(header) & 0xffff);
    assert.equal(String(await decompress({ data: Buffer.concat([header, checksum, body]) })), 'text');
    checksum[0] ^= 1;
    await assert.rejects(decompress({ data: Buffer.concat([header, checksum, body]) }), {
      code: 'ERR_INVALID_DATA',
      message: /gzip .*header crc mismatch/,
    });
  }),
);

function crc32(bytes) {
  let crc = ~0;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  return ~crc >>> 0;
}

test(
  'a wrong checksum or length of gzip is an error that says which',
  withPool(async ({ decompress }) => {
    const gzip = zlib.gzipSync('text');
    const damaged = (position) => {
      const copy = Buffer.from(gzip);
      copy[copy.length - position] ^= 1;
      return { data: copy };
    };
    const code = 'ERR_INVALID_DATA';
    await assert.rejects(decompress(damaged(8)), {
      code,
      message: /^Damaged gzip data at byte \d+: incorrect data check$/,
    });
    await assert.rejects(decompress(damaged(1)), { code, message: /incorrect length check$/ });
    const deflate = zlib.deflateSync('text');
    deflate[deflate.length - 1] ^= 1;
    await assert.rejects(decompress({ data: deflate }), { code, message: /deflate .*incorrect data check$/ });
  }),
);

test(
  'a damaged stream says where',
  withPool(async ({ compress, decompress }) => {
    const data = await compress({ data: textOf('where', 4e6), level: 1 });
    assert.ok(data.length > 1e6);
    data.fill(0xff, 700_000, 700_100);
    await assert.rejects(decompress({ data }), ({ code, message }) => {
      assert.equal(code, 'ERR_INVALID_DATA');
      const [, offset] = message.match(/^Damaged gzip data at byte (\d+): /);
      assert.ok(Math.abs(Number(offset) - 700_000) < 300_000, message);
      return true;
    });
  }),
);

test(
  'every truncation is an error',
  withPool(async ({ compress, decompress }) => {
    for (const format of Object.keys(FORMATS)) {
      const data = textOf(format, 300);
      const compressed = await fast(compress, format, data);
      const lengths = Array.from(compressed.keys());
      await Promise.all(
        lengths.map((length) =>
          assert.rejects(
            decompress({ data: compressed.subarray(0, length), format }),
            { code: 'ERR_INVALID_DATA', message: `Damaged ${format} data at byte ${length}: unexpected end` },
            `${format}, ${length} bytes`,
          ),
        ),
      );
    }
  }),
);

test(
  'a changed byte never changes the contents of a format with a checksum',
  withPool(async ({ compress, decompress }) => {
    for (const format of Object.keys(FORMATS)) {
      const data = textOf(format, 200);
      const compressed = await fast(compress, format, data);
      for (let position = 0; position < compressed.length; position++) {
        for (const change of scale([1, 2, 4, 8, 16, 32, 64, 128, 255], [1, 128, 255])) {
          const damaged = Buffer.from(compressed);
          damaged[position] ^= change;
          const result = await decompress({ data: damaged, format }).catch((error) => error);
          if (Buffer.isBuffer(result)) {
            assert.ok(WITHOUT_CHECKSUM.includes(format) || result.equals(data), `${format}: byte ${position}`);
          } else {
            assert.match(result.code, /^ERR_(INVALID_DATA|BUFFER_TOO_LARGE)$/, `${format}: ${result}`);
          }
        }
      }
    }
  }),
);

test(
  'garbage behind the data is an error; zeros behind gzip are padding',
  withPool(async ({ compress, decompress }) => {
    for (const format of Object.keys(FORMATS)) {
      const compressed = await fast(compress, format, 'text');
      for (const garbage of ['x', '\x1f', 'garbage', '\x1f\x8b', bytesOf('garbage', 300)]) {
        const data = Buffer.concat([compressed, Buffer.from(garbage)]);
        await assert.rejects(decompress({ data, format }), { code: 'ERR_INVALID_DATA' }, `${format}: ${garbage}`);
      }
      const data = Buffer.concat([compressed, Buffer.alloc(1000)]);
      if (format === 'gzip') assert.equal(String(await decompress({ data })), 'text');
      else await assert.rejects(decompress({ data, format }), { code: 'ERR_INVALID_DATA' });
    }
  }),
);

test(
  'the wrong format is an error',
  withPool(async ({ compress, decompress }) => {
    const data = textOf('wrong', 5000);
    for (const format of Object.keys(FORMATS)) {
      const compressed = await fast(compress, format, data);
      for (const other of Object.keys(FORMATS)) {
        if (other === format) continue;
        await assert.rejects(decompress({ data: compressed, format: other }), { code: 'ERR_INVALID_DATA' });
      }
    }
  }),
);

test(
  'a bomb stops at maxOutputLength, and the message names it',
  withPool(async ({ compress, decompress }) => {
    const length = scale(300e6, 30e6);
    const zeros = Buffer.alloc(length);
    for (const format of Object.keys(FORMATS)) {
      const data = await compress({ data: zeros, format, level: 2 });
      for (const maxOutputLength of [0, 1, 1e6, length - 1]) {
        await assert.rejects(decompress({ data, format, maxOutputLength }), {
          name: 'RangeError',
          code: 'ERR_BUFFER_TOO_LARGE',
          message: `The decompressed data are larger than data.maxOutputLength, ${maxOutputLength} bytes`,
        });
      }
      for (const maxOutputLength of [length, Infinity]) {
        assert.equal((await decompress({ data, format, maxOutputLength })).length, length);
      }
    }
  }),
);

test(
  'the default of maxOutputLength is 1 GiB',
  withPool(async ({ decompress }) => {
    // Frames of zstd that announce so much and then end.
    const frame = (length) => {
      const header = Buffer.from('28b52ffdc0000000000000000000', 'hex');
      header.writeBigUInt64LE(BigInt(length), 6);
      return header;
    };
    await assert.rejects(decompress({ data: frame(2 ** 30 + 1) }), {
      code: 'ERR_BUFFER_TOO_LARGE',
      message: /1073741824 bytes/,
    });
    await assert.rejects(decompress({ data: frame(2 ** 30) }), { code: 'ERR_INVALID_DATA' });
  }),
);

test('a bomb that is refused costs little memory', {
  skip: process.env.ASAN_OPTIONS === undefined ? false : 'AddressSanitizer keeps memory that was freed',
}, async () => {
  const { code, stdout, stderr } = await runProgram(
    `
    (async () => {
      const pool = new WorkerPool(1, 'native');
      const { compress, decompress } = pool.proxy();
      const formats = ['gzip', 'brotli', 'zstd', 'lz4'];
      const bombs = [];
      for (const format of formats) bombs.push(await compress({ data: Buffer.alloc(200e6), format, level: 2 }));
      globalThis.gc();
      const before = process.memoryUsage.rss();
      let most = 0;
      for (const [i, format] of formats.entries()) {
        await decompress({ data: bombs[i], format, maxOutputLength: 1e6 }).catch(({ code }) => console.log(code));
        most = Math.max(most, process.memoryUsage.rss() - before);
      }
      await pool.close();
      console.log(most < 32e6 || most);
    })();
  `,
    { execArgv: ['--expose-gc'] },
  );
  const refused = 'ERR_BUFFER_TOO_LARGE\n'.repeat(4);
  assert.deepEqual({ code, stdout, stderr }, { code: 0, stdout: `${refused}true\n`, stderr: '' });
});

test(
  'a task that inflates for long can be aborted and timed out',
  withPool(async ({ compress, decompress }) => {
    const data = await compress({ data: Buffer.alloc(2e8), format: 'zstd', level: 1 });
    const controller = new AbortController();
    const many = Buffer.concat(Array.from({ length: 40 }, () => data)); // 8 GB
    const task = decompress({ data: many, maxOutputLength: Infinity, output: '/nowhere/x' });
    await assert.rejects(task, { code: 'ENOENT' });
    const aborted = decompress({ data: many, maxOutputLength: Infinity }, { signal: controller.signal });
    controller.abort('enough');
    await assert.rejects(aborted, { code: 'ABORT_ERR', cause: 'enough' });
    await assert.rejects(decompress({ data: many, maxOutputLength: Infinity }, { timeout: 5 }), {
      code: 'ERR_POOL_TIMEOUT',
    });
  }),
);

test(
  'progress is reported in bytes of the input',
  withPool(async ({ compress, decompress }) => {
    const data = bytesOf('progress', 1e6);
    for (const [task, given] of [
      [compress, data],
      [decompress, await compress({ data })],
    ]) {
      const reports = [];
      await task({ data: given }, { onProgress: (progress) => reports.push(progress) });
      assert.deepEqual(reports.at(-1), { done: given.length, total: given.length });
      for (const [i, { done }] of reports.entries()) assert.ok(i === 0 || done >= reports[i - 1].done);
    }
  }),
);

test(
  'a chain by transfer copies nothing and gives the same bytes',
  withPool(async ({ compress, decompress }) => {
    const data = textOf('chain', 9e6);
    const compressed = await compress({ data, format: 'lz4' });
    const result = await decompress({ data: compressed }, { transfer: [compressed.buffer] });
    assert.equal(compressed.length, 0, 'the buffer is detached');
    assert.ok(result.equals(data));
  }),
);
