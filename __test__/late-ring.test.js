'use strict';

// A ring of the doorbell can come when everything has been collected before: by an earlier ring, while
// the thread that rings was between sending its result and ringing.

const { test } = require('node:test');
const assert = require('node:assert/strict');
const { setImmediate: turn } = require('node:timers/promises');
const { Completions } = require('../lib/native/completions');
const { WeakOwner } = require('../lib/tasks/pending');
const { Numbers } = require('../lib/tasks/inputs');
const { Tasks } = require('../lib/tasks/tasks');
const { UNBOUNDED } = require('../lib/tasks/backpressure');
const { PoolState } = require('../lib/tasks/pool-state');
const { WorkerPool } = require('..');
const { scale } = require('./support/scale');

/** Settles the tasks of a backend without threads: `collect()` reads the records in `native.waiting`. */
function completions(decode) {
  const weakOwner = new WeakOwner();
  const inputs = new Numbers();
  const tasks = new Tasks({ encoderOf: () => Number }, inputs, weakOwner);
  const { collect } = new Completions(tasks, inputs, decode, weakOwner);
  const native = { waiting: [], collections: 0, failures: [] };
  const submit = (slot, input) => {
    native.waiting.push([slot, 0, input]);
    return null;
  };
  const backend = {};
  const functions = {
    submit,
    keepAlive() {},
    collect(records, values) {
      native.collections++;
      values.push(...native.failures.splice(0));
      const count = native.waiting.length;
      records.set(native.waiting.flat());
      native.waiting = [];
      return count;
    },
  };
  const state = new PoolState(backend, functions, UNBOUNDED, weakOwner, { crashed() {}, emitAnnounced() {} });
  return { run: (data) => tasks.run(state, data), collect, native };
}

test('a ring of the doorbell with nothing pending still collects from the addon', async () => {
  const { run, collect, native } = completions((_input, output) => output);
  const task = run(7);
  collect();
  assert.equal(await task, 7);
  await turn();
  const before = native.collections;
  collect();
  assert.equal(native.collections, before + 1, 'the late ring was not heard, so there would be no other');
});

test('an exception while settling one task of a batch affects no other task of the batch', async () => {
  const { run, collect, native } = completions((input, output) => {
    if (input === 2 || input === 5) throw new Error(`cannot settle ${input}`);
    return output;
  });
  const uncaught = [];
  const listener = (error) => uncaught.push(error.message);
  const others = process.listeners('uncaughtException');
  process.removeAllListeners('uncaughtException').on('uncaughtException', listener);
  try {
    const tasks = Array.from({ length: 8 }, (_, n) => run(n));
    // One fails, so that the rest of the batch is settled when it has rejected.
    native.waiting[3] = [3, 1, 0];
    native.failures = [['RangeError', 'ERR_OUT_OF_RANGE', 'too large', {}]];
    collect();
    const settled = await Promise.allSettled([0, 1, 3, 4, 6, 7].map((n) => tasks[n]));
    assert.deepEqual(
      settled.map(({ value, reason }) => value ?? reason.code),
      [0, 1, 'ERR_OUT_OF_RANGE', 4, 6, 7],
    );
    assert.deepEqual(uncaught, ['cannot settle 2', 'cannot settle 5']);
  } finally {
    process.removeListener('uncaughtException', listener);
    for (const other of others) process.on('uncaughtException', other);
  }
});

test('no result is lost in pauses between pairs of short tasks', async () => {
  const pool = new WorkerPool(2);
  for (let round = 0; round < scale(30_000, 3_000); round++) {
    await Promise.all([pool.run(1), pool.run(1)]);
    await turn();
  }
  await pool.close();
});
