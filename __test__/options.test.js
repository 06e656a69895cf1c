'use strict';

// What is wrong with an option is said at once, by its name, and a call with it was never a task.

const { test } = require('node:test');
const assert = require('node:assert/strict');
const { WorkerPool } = require('..');

const throwing = {
  get(_, name) {
    throw new Error(`no ${String(name)}`);
  },
};

const NUMBERS = [
  ['5', 'ERR_INVALID_ARG_TYPE'],
  [null, 'ERR_INVALID_ARG_TYPE'],
  [5n, 'ERR_INVALID_ARG_TYPE'],
  [{}, 'ERR_INVALID_ARG_TYPE'],
  [Number.NaN, 'ERR_OUT_OF_RANGE'],
  [-1, 'ERR_OUT_OF_RANGE'],
];
const SIGNALS = [5, 'abort', null, {}, new EventTarget(), new AbortController()].map((value) => [
  value,
  'ERR_INVALID_ARG_TYPE',
]);
const BOOLEANS = [0, 'true', null, {}].map((value) => [value, 'ERR_INVALID_ARG_TYPE']);
const FUNCTIONS = [0, 'f', null, {}].map((value) => [value, 'ERR_INVALID_ARG_TYPE']);

/** For each method, how it is called with options, and what its options are not. */
const METHODS = {
  run: {
    call: (pool, options) => pool.run(10, options),
    bad: {
      signal: SIGNALS,
      timeout: NUMBERS,
      queueTimeout: NUMBERS,
      priority: [
        ['high', 'ERR_INVALID_ARG_TYPE'],
        [null, 'ERR_INVALID_ARG_TYPE'],
        [0.5, 'ERR_OUT_OF_RANGE'],
        [Infinity, 'ERR_OUT_OF_RANGE'],
        [2 ** 53, 'ERR_OUT_OF_RANGE'],
      ],
    },
  },
  map: { call: (pool, options) => pool.map([10], options), bad: { signal: SIGNALS, onProgress: FUNCTIONS } },
  stream: {
    call: async (pool, options) => pool.stream([10], options),
    bad: { signal: SIGNALS, ordered: BOOLEANS },
  },
  close: { call: (pool, options) => pool.close(options), bad: { force: BOOLEANS, timeout: NUMBERS } },
};

for (const [method, { call, bad }] of Object.entries(METHODS)) {
  test(`${method} names the option that is wrong`, async () => {
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
      const unreadable = { code: 'ERR_INVALID_ARG_VALUE', message: `options.${name} could not be read` };
      await assert.rejects(
        call(pool, {
          __proto__: null,
          get [name]() {
            throw new Error('getter');
          },
        }),
        unreadable,
      );
      await assert.rejects(
        call(pool, { [name]: new Proxy({}, { ...throwing, has: throwing.get, getPrototypeOf: throwing.get }) }),
        TypeError,
      );
    }
    for (const options of [null, 5, 'fast', () => {}]) {
      await assert.rejects(call(pool, options), {
        code: 'ERR_INVALID_ARG_TYPE',
        message: /^options must be an object/,
      });
    }
    await assert.rejects(call(pool, new Proxy({}, throwing)), { code: 'ERR_INVALID_ARG_VALUE' });
    assert.equal(pool.stats().submitted, 0, 'it was never a task');
    assert.deepEqual(await pool.run(10), { n: 10, result: 55 }, 'the pool is as before');
    await pool.close();
  });

  test(`${method} takes options that say nothing`, async () => {
    for (const options of [undefined, {}, { __proto__: null }, { [Object.keys(bad)[0]]: undefined }, []]) {
      const pool = new WorkerPool(1);
      await call(pool, options);
      await pool.close();
    }
  });
}

test('items have to be iterable', async () => {
  const pool = new WorkerPool(1);
  for (const items of [undefined, null, 5, {}, () => {}]) {
    const expected = { name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE', message: /^items must be an iterable/ };
    await assert.rejects(pool.map(items), expected);
    assert.throws(() => pool.stream(items), expected);
  }
  await pool.close();
});
