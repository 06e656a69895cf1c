'use strict';

// An option that does not exist is refused: a misspelt limit that is ignored looks like one that is kept.

const { test } = require('node:test');
const assert = require('node:assert/strict');
const { WorkerPool } = require('..');
const { fileOf } = require('./support/files');

/** How each method is called with options; the first is one of its own. */
const METHODS = {
  WorkerPool: { own: 'maxQueue', call: async (_pool, options) => new WorkerPool(1, null, options) },
  run: { own: 'timeout', call: (pool, options) => pool.run(10, options) },
  map: { own: 'timeout', call: (pool, options) => pool.map([10], options) },
  stream: { own: 'timeout', call: async (pool, options) => pool.stream([10], options) },
  stats: { own: 'reset', call: async (pool, options) => pool.stats(options) },
  close: { own: 'timeout', call: (pool, options) => pool.close(options) },
};

const refusal = (message) => ({ name: 'TypeError', code: 'ERR_INVALID_ARG_VALUE', message });

for (const [method, { own, call }] of Object.entries(METHODS)) {
  test(`${method} rejects an unknown option and suggests the closest known one`, async () => {
    const pool = new WorkerPool(1);
    const misspelt = [
      own[0].toUpperCase() + own.slice(1),
      own.toUpperCase(),
      `${own}s`,
      own.slice(1),
      own.replace('e', 'a'),
    ];
    for (const name of misspelt) {
      for (const value of [3, undefined, null]) {
        const expected = refusal(`options.${name} is not an option of ${method}; did you mean ${own}?`);
        await assert.rejects(call(pool, { [name]: value }), expected);
      }
    }
    assert.equal(pool.stats().submitted, 0, 'it was never a task');
    assert.equal((await pool.run(10)).result, 55, 'the pool is as before');
    await pool.close();
  });

  test(`${method} lists its options if none is close to an unknown option`, async () => {
    const pool = new WorkerPool(1);
    const listed = new RegExp(`is not an option of ${method}; its options are (\\w+, )*${own}\\b`);
    for (const name of [
      'parallelism',
      '',
      '0',
      '__proto__',
      'constructor',
      'hasOwnProperty',
      `${own}`.repeat(100_000),
    ]) {
      await assert.rejects(call(pool, Object.fromEntries([[name, 3]])), refusal(listed));
    }
    await pool.close();
  });
}

test('two exchanged letters are one mistake', async () => {
  const pool = new WorkerPool(1);
  await assert.rejects(
    pool.run(10, { naem: 'fib' }),
    refusal('options.naem is not an option of run; did you mean name?'),
  );
  await pool.close();
});

test('fields of a task in its options are refused, and the message says where the data of a task are', async () => {
  const pool = new WorkerPool(1, 'native:image');
  const none = 'options.width is not an option of';
  const first = new RegExp(`^${none} run; its options are .*; the data of the task is the first argument$`);
  const items = (method) => new RegExp(`^${none} ${method}; its options are .*; the data of the tasks are the items$`);
  await assert.rejects(pool.run({ file: 'a.jpg' }, { width: 3 }), refusal(first));
  await assert.rejects(pool.map([{ file: 'a.jpg' }], { width: 3 }), refusal(items('map')));
  assert.throws(() => pool.stream([{ file: 'a.jpg' }], { width: 3 }), refusal(items('stream')));
  await pool.close();
});

test('an option of another method is rejected as unknown', async () => {
  const pool = new WorkerPool(1);
  await assert.rejects(pool.map([10], { transfer: [] }), refusal(/^options\.transfer is not an option of map/));
  await assert.rejects(pool.run(10, { ordered: true }), refusal(/^options\.ordered is not an option of run/));
  await assert.rejects(pool.close({ priority: 1 }), refusal(/^options\.priority is not an option of close/));
  await pool.close();
});

test('an unknown option inherited from a class is rejected, unless it is a method or a symbol', async () => {
  const pool = new WorkerPool(1);
  function Old() {
    this.timeout = 1000;
  }
  Old.prototype = { toJSON() {} };
  assert.equal((await pool.run(10, new Old())).result, 55);
  assert.equal((await pool.run(10, { [Symbol('label')]: 1 })).result, 55);
  Old.prototype.timeOut = 5;
  await assert.rejects(pool.run(10, new Old()), refusal(/^options\.timeOut is not/));
  await pool.close();
});

test('unknown options in workerOptions are passed to Worker', async (t) => {
  const pool = new WorkerPool(1, fileOf(t, 'module.exports = (n) => n;'), { workerOptions: { notYetInvented: true } });
  assert.equal(await pool.run(7), 7);
  await pool.close();
});
