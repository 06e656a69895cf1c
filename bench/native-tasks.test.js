'use strict';

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { candidateOf } = require('./candidates');
const { textOf } = require('./texts');

const poolOf = (name, task) => candidateOf(name).load()(1, { task });

test('the libraries compute the same hashes', async () => {
  const data = Buffer.from('native-worker-pool');
  const [node, wasm] = [poolOf('Node.js alone', 'hash'), poolOf('hash-wasm', 'hash')];
  for (const algorithm of ['sha256', 'sha1', 'sha512', 'crc32']) {
    assert.equal(await wasm.run({ algorithm, data }), await node.run({ algorithm, data }), algorithm);
  }
});

test('the libraries hash passwords with the costs of the scenario', async () => {
  const password = 'correct horse';
  const argon2 = { algorithm: 'argon2id', password, memory: 64, iterations: 3, parallelism: 4 };
  for (const name of ['argon2', '@node-rs/argon2']) {
    assert.match(await poolOf(name, 'hashPassword').run(argon2), /^\$argon2id\$v=19\$m=64,t=3,p=4\$/);
  }
  assert.match(await poolOf('bcrypt', 'hashPassword').run({ password, cost: 4 }), /^\$2b\$04\$/);
  const node = poolOf('Node.js alone', 'hashPassword');
  const scrypt = await node.run({ algorithm: 'scrypt', password, ln: 4, r: 8, p: 1 });
  const pbkdf2 = await node.run({ algorithm: 'pbkdf2', password, iterations: 2, digest: 'sha256' });
  assert.equal(scrypt.length, 32);
  assert.equal(pbkdf2.length, 32);
});

test('native-worker-pool and the other libraries decompress the output of each other', async () => {
  const data = textOf(100_000);
  for (const [name, format] of [
    ['Node.js alone', 'gzip'],
    ['Node.js alone', 'brotli'],
    ['@mongodb-js/zstd', 'zstd'],
  ]) {
    const given = { format, level: 3 };
    const [ours, theirs] = ['native-worker-pool', name].map((library) => ({
      compress: poolOf(library, 'compress'),
      decompress: poolOf(library, 'decompress'),
    }));
    const packed = await ours.compress.run({ ...given, data });
    assert.ok((await theirs.decompress.run({ format, data: packed })).equals(data), format);
    const theirPacked = await theirs.compress.run({ ...given, data });
    assert.ok((await ours.decompress.run({ format, data: theirPacked })).equals(data), format);
    for (const pool of [ours.compress, ours.decompress]) await pool.close();
  }
});
