'use strict';

// Options among the fields of a native task, where they would have no effect: the error says where they belong.

const { after, test } = require('node:test');
const assert = require('node:assert/strict');
const { WorkerPool } = require('./support/build-with-test-workers');
const { readRunOptions } = require('../lib/api/options');
const { addon } = require('./support/addons');

const { any, drawing } = addon('test-tasks');
const pool = new WorkerPool(1, { any, drawing, hash: 'native:hash' });
const run = pool.proxy();
after(() => pool.close());

/** Every option of `run`. */
const OPTIONS = Object.keys(readRunOptions({}));

const refusal = (message) => ({ name: 'TypeError', code: 'ERR_INVALID_ARG_VALUE', message });
const hint = (name) => `${name} is an option, and options are the second argument`;

test('a built-in task refuses each option of run among its fields', async () => {
  assert.ok(OPTIONS.includes('timeout'));
  for (const name of OPTIONS) {
    const message = `data.${name} is not a field of hash; ${hint(name)}`;
    await assert.rejects(run.hash({ data: 'a', [name]: 1 }), refusal(message));
  }
});

test("a user's task with known fields refuses each option of run among them", async () => {
  for (const name of OPTIONS) {
    await assert.rejects(run.drawing({ [name]: 1 }), refusal(`data.${name} is not a field; ${hint(name)}`));
  }
  await assert.rejects(
    run.drawing({ title: '', shapes: [{ box: { width: 1, height: 1, name: 'a' } }], pixels: new Uint8Array(1), x: 1 }),
    refusal('data.x is not a field; the fields are title, shapes, pixels, scale'),
  );
});

test('a function that native tasks do not have is refused with the same hint', async () => {
  const message = 'The data of a native task cannot contain a function';
  await assert.rejects(run.any({ onProgress: () => {} }), refusal(`${message}; ${hint('onProgress')}`));
  await assert.rejects(run.any({ done: () => {} }), refusal(message));
  await assert.rejects(run.any({ inner: { onProgress: () => {} } }), refusal(message));
});
