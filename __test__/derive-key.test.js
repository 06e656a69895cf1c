'use strict';

const { test, before, after } = require('node:test');
const assert = require('node:assert/strict');
const { hkdfSync, pbkdf2Sync, scryptSync } = require('node:crypto');
const { WorkerPool } = require('./support/build-with-test-workers');
const { bytesOf } = require('./support/bytes');

let pool;
const deriveKey = (data, options) => pool.run(data, options);

before(() => {
  pool = new WorkerPool(2, 'native:deriveKey');
});

after(async () => {
  assert.equal(pool.stats().crashes, 0);
  await pool.close();
});

const DIGESTS = ['sha1', 'sha224', 'sha256', 'sha384', 'sha512'];
const PASSWORDS = ['', 'pässwörd', bytesOf('password', 200)];
const SALTS = ['', 'salt', bytesOf('salt', 64)];
const LENGTHS = [1, 16, 20, 31, 32, 33, 64, 65, 200];

/** Calls `check` with combinations of passwords, salts and lengths. */
async function forEachKey(check) {
  for (const password of PASSWORDS) {
    for (const salt of SALTS) for (const length of LENGTHS) await check(password, salt, length);
  }
}

test('scrypt derives the keys of scryptSync', async () => {
  await forEachKey(async (password, salt, length) => {
    const costs = { N: 16, r: 2, p: 3 };
    assert.deepEqual(await deriveKey({ password, salt, length, ...costs }), scryptSync(password, salt, length, costs));
  });
  for (const costs of [
    { N: 2, r: 1, p: 1 },
    { N: 1024, r: 8, p: 16 },
    { N: 64, r: 17, p: 1 },
  ]) {
    const data = { password: 'x', salt: 'salt', ...costs };
    assert.deepEqual(await deriveKey(data), scryptSync('x', 'salt', 32, costs));
  }
});

test('the defaults are those of scryptSync, and 32 bytes', async () => {
  assert.deepEqual(await deriveKey({ password: 'x', salt: 'salt' }), scryptSync('x', 'salt', 32));
});

test('the costs of scrypt have both names of node:crypto', async () => {
  const expected = scryptSync('x', 'salt', 32, { cost: 32, blockSize: 4, parallelization: 2 });
  const data = { password: 'x', salt: 'salt' };
  assert.deepEqual(await deriveKey({ ...data, cost: 32, blockSize: 4, parallelization: 2 }), expected);
  assert.deepEqual(await deriveKey({ ...data, N: 32, r: 4, p: 2 }), expected);
  assert.deepEqual(await deriveKey({ ...data, N: 32, blockSize: 4, p: 2 }), expected);
  for (const [name, other] of [
    ['N', 'cost'],
    ['r', 'blockSize'],
    ['p', 'parallelization'],
  ]) {
    await assert.rejects(deriveKey({ ...data, [name]: 4, [other]: 4 }), {
      code: 'ERR_INVALID_ARG_VALUE',
      message: `data.${name} and data.${other} are the same cost`,
    });
    await assert.doesNotReject(deriveKey({ ...data, N: 4, r: 4, p: 4, [other]: undefined }));
  }
});

for (const digest of DIGESTS) {
  test(`pbkdf2 with ${digest} derives the keys of pbkdf2Sync`, async () => {
    await forEachKey(async (password, salt, length) => {
      for (const iterations of [1, 3]) {
        const key = await deriveKey({ password, salt, length, algorithm: 'pbkdf2', iterations, digest });
        assert.deepEqual(key, pbkdf2Sync(password, salt, iterations, length, digest));
      }
    });
    const data = { password: 'x', salt: 'salt', length: 100, algorithm: 'pbkdf2', digest };
    for (const iterations of [511, 512, 513, 2000]) {
      assert.deepEqual(await deriveKey({ ...data, iterations }), pbkdf2Sync('x', 'salt', iterations, 100, digest));
    }
  });

  test(`hkdf with ${digest} derives the keys of hkdfSync`, async () => {
    await forEachKey(async (password, salt, length) => {
      for (const info of ['', 'context', bytesOf('info', 300)]) {
        const key = await deriveKey({ password, salt, length, algorithm: 'hkdf', digest, info });
        assert.deepEqual(key, Buffer.from(hkdfSync(digest, password, salt, info, length)));
      }
    });
  });
}

test('hkdf has sha256 and empty info by default', async () => {
  const key = await deriveKey({ password: 'x', salt: 'salt', algorithm: 'hkdf' });
  assert.deepEqual(key, Buffer.from(hkdfSync('sha256', 'x', 'salt', '', 32)));
});

test('argon2id derives the key of the reference implementation', async () => {
  const key = Buffer.from('ehqGRlXhNY90u1mXokuaGpor9OaG4WSZVb4jCfev4ys', 'base64');
  const data = {
    password: 'correct horse',
    salt: '0123456789abcdef',
    algorithm: 'argon2id',
    memory: 64,
    parallelism: 2,
  };
  assert.deepEqual(await deriveKey({ ...data, iterations: 2 }), key);
  assert.deepEqual(await deriveKey({ ...data, passes: 2 }), key);
  assert.deepEqual(await deriveKey(data), key, '2 passes are the default');
  await assert.rejects(deriveKey({ ...data, iterations: 2, passes: 2 }), {
    message: 'data.iterations and data.passes are the same cost',
  });
});

test('a key is a Buffer with an ArrayBuffer of its own', async () => {
  for (const length of [1, 32, 4096, 4097, 100_000]) {
    const key = await deriveKey({
      password: 'x',
      salt: '',
      length,
      algorithm: 'pbkdf2',
      iterations: 1,
      digest: 'sha512',
    });
    assert.ok(Buffer.isBuffer(key));
    assert.equal(key.length, length);
    assert.equal(key.buffer.byteLength, length);
  }
});

test('iterations and digest of pbkdf2 are required', async () => {
  const data = { password: 'x', salt: '', algorithm: 'pbkdf2' };
  const missing = (name) => ({
    name: 'TypeError',
    code: 'ERR_INVALID_ARG_VALUE',
    message: `data.${name} is required for pbkdf2`,
  });
  await assert.rejects(deriveKey({ ...data, digest: 'sha1' }), missing('iterations'));
  await assert.rejects(deriveKey({ ...data, iterations: 1 }), missing('digest'));
});

test('password and salt are required', async () => {
  await assert.rejects(deriveKey({ password: 'x' }), { message: 'data.salt is required' });
  await assert.rejects(deriveKey({ salt: 'x' }), { message: 'data.password is required' });
});

test('a cost that does not belong to the algorithm is refused', async () => {
  for (const [algorithm, name] of [
    ['scrypt', 'iterations'],
    ['scrypt', 'memory'],
    ['pbkdf2', 'N'],
    ['pbkdf2', 'passes'],
    ['hkdf', 'iterations'],
    ['hkdf', 'cost'],
    ['argon2id', 'N'],
    ['argon2id', 'p'],
  ]) {
    await assert.rejects(deriveKey({ password: 'x', salt: 'x', algorithm, [name]: 8 }), {
      code: 'ERR_INVALID_ARG_VALUE',
      message: new RegExp(`^data\\.${name} is not a cost of ${algorithm}; its costs are `),
    });
  }
  await assert.rejects(deriveKey({ password: 'x', salt: 'x', info: '' }), /data\.info is not a cost of scrypt/);
});

test('costs out of range are refused, and the message names the cost', async () => {
  for (const [algorithm, name, values] of [
    ['scrypt', 'N', [0, 1, 3, 1.5, -2, NaN, Infinity, 2 ** 64]],
    ['scrypt', 'cost', [1, 1000]],
    ['scrypt', 'blockSize', [0]],
    ['scrypt', 'parallelization', [0]],
    ['pbkdf2', 'iterations', [0, 2 ** 32]],
    ['hkdf', 'digest', ['md5', 'sha3-256']],
    ['argon2id', 'passes', [0]],
    ['scrypt', 'length', [0, -1, 2 ** 32, 1.5]],
  ]) {
    for (const value of values) {
      await assert.rejects(
        deriveKey({ password: 'x', salt: '12345678', algorithm, [name]: value }),
        ({ code, message }) => code === 'ERR_OUT_OF_RANGE' && message.startsWith(`data.${name} must be`),
        `${algorithm} ${name} ${value}`,
      );
    }
  }
  await assert.rejects(deriveKey({ password: 'x', salt: '1234567', algorithm: 'argon2id' }), /at least 8 bytes/);
  await assert.rejects(deriveKey({ password: 'x', salt: '12345678', algorithm: 'argon2id', length: 3 }), {
    name: 'RangeError',
    message: 'The length of argon2 must be at least 4 bytes',
  });
});

test('hkdf derives at most 255 times the digest', async () => {
  const data = { password: 'x', salt: '', algorithm: 'hkdf', digest: 'sha256' };
  const longest = 255 * 32;
  assert.deepEqual(
    await deriveKey({ ...data, length: longest }),
    Buffer.from(hkdfSync('sha256', 'x', '', '', longest)),
  );
  for (const length of [longest + 1, 2 ** 30]) {
    await assert.rejects(deriveKey({ ...data, length }), { name: 'RangeError', code: 'ERR_OUT_OF_RANGE' });
  }
});

test('memory above maxMemory is refused before it is allocated, for the costs and for the key', async () => {
  const before = process.memoryUsage.rss();
  const tooLarge = { name: 'RangeError', code: 'ERR_BUFFER_TOO_LARGE', message: /maxMemory/ };
  const data = { password: 'x', salt: '12345678' };
  await assert.rejects(deriveKey({ ...data, N: 2 ** 20 }), tooLarge);
  await assert.rejects(deriveKey({ ...data, N: 2 ** 14, maxMemory: 2 ** 24 }), tooLarge);
  await assert.rejects(deriveKey({ ...data, N: 2 ** 63 }), tooLarge);
  await assert.rejects(deriveKey({ ...data, algorithm: 'argon2id', memory: 2 ** 32 - 1 }), tooLarge);
  const length = 2 ** 32 - 1;
  await assert.rejects(deriveKey({ ...data, algorithm: 'pbkdf2', digest: 'sha1', iterations: 1, length }), tooLarge);
  await assert.rejects(deriveKey({ ...data, algorithm: 'hkdf', length }), { name: 'RangeError' });
  await assert.rejects(deriveKey({ ...data, length }), tooLarge);
  assert.ok(process.memoryUsage.rss() - before < 100e6);
});

test('a long key of few iterations can be aborted, and its thread runs the next task', async () => {
  const single = new WorkerPool(1, 'native:deriveKey');
  const data = { password: 'x', salt: 'x', algorithm: 'pbkdf2', digest: 'sha1', iterations: 511, length: 2 ** 28 };
  const controller = new AbortController();
  const task = single.run(data, { signal: controller.signal });
  controller.abort();
  await assert.rejects(task, { code: 'ABORT_ERR' });
  await assert.rejects(single.run(data, { timeout: 1 }), { code: 'ERR_POOL_TIMEOUT' });
  const key = await single.run({ ...data, length: 8 }); // an hour later otherwise
  assert.deepEqual(key, pbkdf2Sync('x', 'x', 511, 8, 'sha1'));
  await single.close();
});
