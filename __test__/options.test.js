'use strict';

// What is wrong with an option is said at once, by its name, and a call with it was never a task.

const { test } = require('node:test');
const assert = require('node:assert/strict');
const { WorkerPool } = require('..');

const boom = () => {
  throw new Error('boom');
};

const NUMBERS = [
  ['5', 'ERR_INVALID_ARG_TYPE'],
  [5n, 'ERR_INVALID_ARG_TYPE'],
  [{}, 'ERR_INVALID_ARG_TYPE'],
  [Number.NaN, 'ERR_OUT_OF_RANGE'],
  [-1, 'ERR_OUT_OF_RANGE'],
];
const PRIORITIES = [
  ['high', 'ERR_INVALID_ARG_TYPE'],
  [0.5, 'ERR_OUT_OF_RANGE'],
  [Infinity, 'ERR_OUT_OF_RANGE'],
  [2 ** 53, 'ERR_OUT_OF_RANGE'],
];
const ofWrongType = (values) => values.map((value) => [value, 'ERR_INVALID_ARG_TYPE']);
const BOOLEANS = ofWrongType([0, 'true', {}]);

const TASK_OPTIONS = {
  signal: ofWrongType([5, 'abort', {}, new EventTarget(), new AbortController()]),
  timeout: NUMBERS,
  queueTimeout: NUMBERS,
  priority: PRIORITIES,
  onProgress: ofWrongType([0, 'f', {}]),
};

/** For each method, how it is called with options, and what its options are not. */
const METHODS = {
  run: {
    call: (pool, options) => pool.run(10, options),
    bad: { ...TASK_OPTIONS, transfer: ofWrongType([5, {}, new Set()]) },
  },
  map: { call: (pool, options) => pool.map([10], options), bad: TASK_OPTIONS },
  stream: { call: async (pool, options) => pool.stream([10], options), bad: { ...TASK_OPTIONS, ordered: BOOLEANS } },
  close: { call: (pool, options) => pool.close(options), bad: { force: BOOLEANS, timeout: NUMBERS } },
};

for (const [method, { call, bad }] of Object.entries(METHODS)) {
  test(`${method} rejects with an error that names the invalid option`, async () => {
    const pool = new WorkerPool(1);
    for (const [name, values] of Object.entries(bad)) {
      for (const [value, code] of values) {
        await assert.rejects(call(pool, { [name]: value }), (error) => {
          assert.equal(error.code, code, `${name}: ${String(value)}`);
          assert.match(error.message, new RegExp(`^options\\.${name} must be `));
          assert.ok(error instanceof (code === 'ERR_OUT_OF_RANGE' ? RangeError : TypeError));
          return true;
        });
      }
      const getter = Object.defineProperty({}, name, { get: boom });
      const revoked = Proxy.revocable({}, {});
      revoked.revoke();
      for (const unreadable of [
        getter,
        new Proxy({ [name]: 1 }, { get: boom }),
        new Proxy({}, { ownKeys: boom }),
        new Proxy({}, { getPrototypeOf: boom }),
        new Proxy({}, { getOwnPropertyDescriptor: boom }),
        revoked.proxy,
      ]) {
        await assert.rejects(call(pool, unreadable), {
          name: 'TypeError',
          code: 'ERR_INVALID_ARG_VALUE',
          message: /^options(\.\w+)? could not be read$/,
        });
      }
      const value = new Proxy({}, { get: boom, has: boom, getPrototypeOf: boom });
      await assert.rejects(call(pool, { [name]: value }), TypeError);
    }
    for (const options of [5, 'fast', () => {}]) {
      await assert.rejects(call(pool, options), {
        code: 'ERR_INVALID_ARG_TYPE',
        message: /^options must be an object/,
      });
    }
    assert.equal(pool.stats().submitted, 0, 'it was never a task');
    assert.deepEqual(await pool.run(10), { n: 10, result: 55 }, 'the pool is as before');
    await pool.close();
  });

  test(`${method} treats null and undefined options as the default`, async () => {
    const names = Object.keys(bad);
    const all = (value) => Object.fromEntries(names.map((name) => [name, value]));
    for (const options of [undefined, null, {}, { __proto__: null }, all(undefined), all(null), []]) {
      const pool = new WorkerPool(1);
      await call(pool, options);
      await pool.close();
    }
  });
}

test('the constructor treats null and undefined options as the default', async () => {
  for (const value of [undefined, null]) {
    for (const options of [value, { maxQueue: value, workerOptions: value, abortTimeout: value }]) {
      const pool = new WorkerPool(1, value, options);
      assert.deepEqual([pool.workerFile, pool.maxQueue], ['native:fib', Infinity]);
      await pool.close();
    }
  }
});

test('map and stream reject items that are not iterable', async () => {
  const pool = new WorkerPool(1);
  for (const items of [undefined, null, 5, {}, () => {}]) {
    const expected = { name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE', message: /^items must be an iterable/ };
    await assert.rejects(pool.map(items), expected);
    assert.throws(() => pool.stream(items), expected);
  }
  await pool.close();
});
