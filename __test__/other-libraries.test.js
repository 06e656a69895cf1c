'use strict';

// A field with the name that another library gives it is refused with the name that it has here.

const { test } = require('node:test');
const assert = require('node:assert/strict');
const { WorkerPool } = require('..');

/** For each task: names that sharp, node:zlib, node:crypto, bcrypt and argon2 use, and the names here. */
const NAMES = {
  compress: { path: 'file', input: 'file', dest: 'output', quality: 'level', algorithm: 'format' },
  decompress: { filename: 'file', out: 'output', encoding: 'format' },
  hash: { path: 'file', secret: 'key' },
  image: {
    path: 'file',
    src: 'file',
    destination: 'output',
    resize: 'width',
    flatten: 'background',
    greyscale: 'grayscale',
    limitInputPixels: 'maxPixels',
  },
  imageInfo: { path: 'file' },
  hashPassword: {
    rounds: 'cost',
    saltRounds: 'cost',
    timeCost: 'iterations',
    memoryCost: 'memory',
    N: 'ln',
    type: 'algorithm',
  },
  deriveKey: { keylen: 'length', maxmem: 'maxMemory', memoryCost: 'memory' },
};

for (const [task, names] of Object.entries(NAMES)) {
  test(`${task} suggests its own field for the name of another library`, async () => {
    const pool = new WorkerPool(1, 'native');
    for (const [theirs, ours] of Object.entries(names)) {
      await assert.rejects(pool.run({ [theirs]: 1 }, { name: task }), {
        name: 'TypeError',
        code: 'ERR_INVALID_ARG_VALUE',
        message: `data.${theirs} is not a field of ${task}; did you mean ${ours}?`,
      });
    }
    await pool.close();
  });
}

test('a name of another library that is a field here is read as the field', async () => {
  const pool = new WorkerPool(1, 'native:deriveKey');
  const key = await pool.run({ password: 'x', salt: 'y', N: 16, blockSize: 1 });
  assert.deepEqual(key, await pool.run({ password: 'x', salt: 'y', cost: 16, r: 1 }));
  await pool.close();
});
