'use strict';

const { test } = require('node:test');
const assert = require('node:assert/strict');
const { WorkerPool } = require('..');
const { describe } = require('../lib/api/describe');
const { runProgram } = require('./support/child');

const boom = () => {
  throw new Error('boom');
};
const throwing = new Proxy({}, Object.fromEntries(Reflect.ownKeys(Reflect).map((trap) => [trap, boom])));
const { proxy: revoked, revoke } = Proxy.revocable({}, {});
revoke();
const detached = new ArrayBuffer(8);
const viewOfDetached = new Uint8Array(detached);
structuredClone(detached, { transfer: [detached] });

/** One of every kind of value, and the awkward ones of each. */
const values = [
  undefined,
  null,
  true,
  false,
  0,
  -0,
  1,
  -1,
  1.5,
  NaN,
  Infinity,
  -Infinity,
  2 ** 32 + 1,
  2 ** 53,
  Number.MAX_VALUE,
  Number.MIN_VALUE,
  0n,
  4n,
  -1n,
  '',
  '4',
  'native:',
  'native:nope',
  'no such file',
  '\0',
  'x'.repeat(100_000),
  Symbol('s'),
  Symbol.iterator,
  boom,
  class {},
  async () => {},
  {},
  [],
  [4],
  Object.create(null),
  Object.freeze({}),
  { n: -1 },
  { n: Symbol('n') },
  { n: boom },
  {
    get n() {
      return boom();
    },
  },
  { n: { valueOf: boom } },
  { n: { [Symbol.toPrimitive]: boom } },
  { toString: boom },
  { toString: 1, valueOf: 1 },
  { [Symbol.toPrimitive]: boom },
  {
    get [Symbol.toStringTag]() {
      return boom();
    },
  },
  {
    // biome-ignore lint/suspicious/noThenProperty: that is what is awkward about it
    get then() {
      return boom();
    },
  },
  { maxQueue: 'many' },
  {
    get maxQueue() {
      return boom();
    },
  },
  new Proxy({}, {}),
  throwing,
  revoked,
  detached,
  new Uint8Array(4),
  viewOfDetached,
  new DataView(new ArrayBuffer(8)),
  new SharedArrayBuffer(8),
  Buffer.from('buffer'),
  new Date(Number.NaN),
  /r/,
  new Error('e'),
  new Map(),
  new WeakMap(),
  new WeakRef({}),
  Promise.resolve(),
  new URL('http://localhost/worker.js'),
  new URL('file:///no/such/worker.js'),
  globalThis,
  new (class {
    #private = 1;
    get n() {
      return this.#private.nope.nope;
    }
  })(),
  (function () {
    // biome-ignore lint/complexity/noArguments: a kind of object of its own
    return arguments;
  })(1, 2),
  new Number(4),
  Object(Symbol('boxed')),
  new MessageChannel().port1,
];

let count = 0;
/** Texts of values repeat; names of tests should not. */
const label = (value) => `${++count}: ${describe(value).slice(0, 60)}`;

/** The constructor either makes a pool or throws one of its own errors. */
async function assertConstructs(codes, ...args) {
  let pool;
  try {
    pool = new WorkerPool(...args);
  } catch (error) {
    assert.ok(error instanceof Error);
    assert.ok(codes.includes(error.code), `${error.code}: ${error.stack}`);
    assert.notEqual(error.message, '');
    return;
  }
  assert.deepEqual(await pool.run(10), { n: 10, result: 55 });
  await pool.close();
}

test('the constructor accepts a size or throws an error that names the value', async (t) => {
  for (const value of values) {
    await t.test(label(value), () => assertConstructs(['ERR_OUT_OF_RANGE'], value));
  }
});

test('size must be an integer from 1 to 1024', () => {
  for (const [size, text] of [
    [0, '0'],
    [-1, '-1'],
    [1.5, '1.5'],
    [NaN, 'NaN'],
    [1025, '1025'],
    [2 ** 32 + 1, '4294967297'],
    [Infinity, 'Infinity'],
    ['4', '4'],
    [4n, '4'],
    [undefined, 'undefined'],
    [null, 'null'],
    [Symbol('s'), 'Symbol(s)'],
  ]) {
    const expected = { name: 'RangeError', code: 'ERR_OUT_OF_RANGE', message: `Invalid pool size: ${text}` };
    assert.throws(() => new WorkerPool(size), expected);
  }
});

test('the constructor accepts a worker or throws a coded error, for any value', async (t) => {
  for (const value of values) {
    await t.test(label(value), () => assertConstructs(['ERR_INVALID_ARG_TYPE', 'ERR_POOL_WORKER_NOT_FOUND'], 1, value));
  }
});

test('the constructor accepts options or throws a coded error, for any value', async (t) => {
  for (const value of values) {
    await t.test(label(value), () =>
      assertConstructs(['ERR_INVALID_ARG_TYPE', 'ERR_INVALID_ARG_VALUE', 'ERR_OUT_OF_RANGE'], 1, null, value),
    );
  }
});

test('the constructor accepts maxQueue or throws an error that names the option, for any value', async (t) => {
  for (const maxQueue of values) {
    await t.test(label(maxQueue), async () => {
      try {
        await new WorkerPool(1, null, { maxQueue }).close();
      } catch (error) {
        assert.match(error.message, /maxQueue/);
        assert.ok(['ERR_INVALID_ARG_TYPE', 'ERR_OUT_OF_RANGE'].includes(error.code), error.stack);
      }
    });
  }
});

test('maxQueue must be a non-negative integer or Infinity', async () => {
  for (const maxQueue of [-1, 1.5, NaN, -Infinity]) {
    assert.throws(() => new WorkerPool(1, null, { maxQueue }), {
      name: 'RangeError',
      code: 'ERR_OUT_OF_RANGE',
      message: `options.maxQueue must be a non-negative integer or Infinity; got ${maxQueue}`,
    });
  }
  for (const maxQueue of ['1', 1n, {}, true]) {
    assert.throws(() => new WorkerPool(1, null, { maxQueue }), { name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE' });
  }
  for (const maxQueue of [0, 1, 2 ** 32 + 1, 2 ** 53, Number.MAX_VALUE, Infinity]) {
    const pool = new WorkerPool(1, null, { maxQueue });
    assert.deepEqual(await pool.run(1), { n: 1, result: 1 });
    assert.equal(pool.maxQueue, maxQueue);
    await pool.close();
  }
});

test('run never throws, for any data, and the pool continues', async (t) => {
  const pool = new WorkerPool(1);
  for (const value of values) {
    await t.test(label(value), async () => {
      const task = pool.run(value);
      assert.ok(task instanceof Promise);
      const [{ status, value: answer, reason }] = await Promise.allSettled([task]);
      if (status === 'fulfilled') {
        assert.ok(Number.isInteger(answer.n) && answer.n >= 0 && answer.n <= 78);
      } else {
        assert.ok(reason instanceof TypeError || reason instanceof RangeError);
        assert.ok(['ERR_INVALID_ARG_VALUE', 'ERR_OUT_OF_RANGE'].includes(reason.code), reason.stack);
        // The last words are those that worker.js itself has for an object without a text.
        const words = /^Invalid n: |^Cannot convert object to primitive value$/;
        assert.match(reason.message, reason.code === 'ERR_OUT_OF_RANGE' ? /78/ : words);
      }
      assert.deepEqual(await pool.run(10), { n: 10, result: 55 });
    });
  }
  assert.equal(pool.idle.length, 1);
  await pool.close();
});

test('an exception of a getter of the data is the cause of the error', async () => {
  const pool = new WorkerPool(1);
  await assert.rejects(
    pool.run({
      get n() {
        return boom();
      },
    }),
    (error) => {
      assert.equal(error.message, 'Invalid n: [object Object]');
      assert.equal(error.cause.message, 'boom');
      return true;
    },
  );
  await pool.close();
});

test('a task with bad data is refused when the queue is full', async () => {
  const { code, stdout } = await runProgram(`
    const pool = new WorkerPool(1, null, { maxQueue: 0 });
    pool.run(78); // busy for months
    pool.run('bad').catch((error) => {
      console.log(error.code);
      process.exit();
    });
  `);
  assert.deepEqual({ code, stdout }, { code: 0, stdout: 'ERR_POOL_QUEUE_FULL\n' });
});

test('a task with bad data is refused when the pool is closed', async () => {
  const pool = new WorkerPool(1);
  await pool.close();
  await assert.rejects(pool.run('bad'), { code: 'ERR_POOL_CLOSED' });
});

test('an object with prototypes without end is refused', async () => {
  const endless = new Proxy({}, { getPrototypeOf: () => endless });
  const pool = new WorkerPool(1);
  await assert.rejects(pool.run(endless), { code: 'ERR_INVALID_ARG_VALUE' });
  await assert.rejects(pool.run(1, endless), { code: 'ERR_INVALID_ARG_VALUE' });
  await pool.close();
});
