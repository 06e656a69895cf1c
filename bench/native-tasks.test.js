'use strict';

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { candidateOf } = require('./candidates');

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
