'use strict';

// What is passed by mistake in the place of data or of options may be a secret, and may be large: an error has only its
// type, and does not read its elements.

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

test('an error about data or options of the wrong type does not contain them', async () => {
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

test('bytes and lists in the place of data or of options are refused without a look at their elements', async () => {
  const pool = new WorkerPool(1, 'native');
  const { hash } = pool.proxy();
  const watched = new Proxy([1, 2, 3], {
    ownKeys() {
      throw new Error('the elements are read');
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
