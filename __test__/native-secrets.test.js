'use strict';

// A value that is passed as data or options by mistake may be secret, and may be large. The error names only its type,
// and its elements are not read.

const { test } = require('node:test');
const assert = require('node:assert/strict');
const { WorkerPool } = require('./support/build-with-test-workers');

const SECRET = 'correct horse battery staple';
const DATA = { hash: 'data', hashPassword: 'password', verifyPassword: 'hash', deriveKey: 'salt' };

const withoutSecret = (code) => (error) => {
  assert.equal(error.code, code);
  assert.ok(!`${error.stack}`.includes('horse'), error.message);
  return true;
};

test('an error about the type of data or options does not contain the value', async () => {
  const pool = new WorkerPool(1, 'native');
  const proxy = pool.proxy();
  for (const [name, field] of Object.entries(DATA)) {
    const refused = withoutSecret('ERR_INVALID_ARG_TYPE');
    await assert.rejects(proxy[name](SECRET), refused);
    await assert.rejects(proxy[name]({}, SECRET), refused);
    for (const wrong of [[SECRET], { toString: () => SECRET }, new String(SECRET)]) {
      await assert.rejects(proxy[name]({ [field]: wrong }), refused);
    }
  }
  await pool.close();
});

test('refuses bytes and lists as data or options without reading their elements', async () => {
  const pool = new WorkerPool(1, 'native');
  const { hash } = pool.proxy();
  const watched = new Proxy([1, 2, 3], {
    ownKeys() {
      throw new Error('the elements were read');
    },
  });
  for (const given of [
    Buffer.alloc(3),
    new Float64Array(3),
    new DataView(new ArrayBuffer(3)),
    new ArrayBuffer(3),
    watched,
  ]) {
    const expected = (subject) => ({
      code: 'ERR_INVALID_ARG_TYPE',
      message: new RegExp(`^${subject}; got a value of type (bytes|ArrayBuffer|array)$`),
    });
    await assert.rejects(hash(given), expected('data must be an object with the fields of hash'));
    await assert.rejects(hash({ data: 'x' }, given), expected('options must be an object'));
  }
  await pool.close();
});
