'use strict';

// Code of the caller's runs in the middle of the pool's: methods of signals, hooks of async_hooks, getters of what a
// promise is resolved with. Whatever it calls there, each task settles once and with its own result.

const { test } = require('node:test');
const assert = require('node:assert/strict');
const { createHook } = require('node:async_hooks');
const { setImmediate: turn } = require('node:timers/promises');
const { WorkerPool, openGate, atGate, workers } = require('./support/kinds');

/** A signal whose methods do what the test likes. */
function signalLike({ add = () => {}, remove = () => {} }) {
  return { aborted: false, addEventListener: add, removeEventListener: remove };
}

const outcomeOf = (promise) => promise.catch(({ code }) => code);

test('a signal that aborts the only other task when it is listened to costs no task its result', async () => {
  const pool = new WorkerPool(1, workers.gate);
  const controller = new AbortController();
  const aborted = pool.run(5001, { signal: controller.signal });
  const nested = pool.run(5002, { signal: signalLike({ add: () => controller.abort() }) });
  const others = [pool.run(5003), pool.run(5004)];
  for (const gate of [5001, 5002, 5003, 5004]) openGate(gate);
  assert.deepEqual(await Promise.all([aborted, nested, ...others].map(outcomeOf)), ['ABORT_ERR', 5002, 5003, 5004]);
  await pool.close();
});

test('a signal may call the pool when it is listened to and when it is left', async () => {
  const pool = new WorkerPool(1, workers.gate);
  const tasks = [];
  let depth = 0;
  const signal = signalLike({
    add() {
      if (depth++ < 20) tasks.push(pool.run(5010 + depth, { signal }));
      pool.stats();
    },
    remove() {
      if (depth++ < 40) tasks.push(pool.run(5010 + depth));
    },
  });
  tasks.push(pool.run(5010, { signal }));
  for (let gate = 5010; gate < 5060; gate++) openGate(gate);
  for (let i = 0; i < tasks.length; i++) assert.equal(typeof (await tasks[i]), 'number');
  assert.equal(new Set(await Promise.all(tasks)).size, tasks.length);
  assert.equal(pool.stats().completed, tasks.length);
  await pool.close();
});

test('a signal that calls its listener when it is listened to was aborted: the task never was one', async () => {
  const pool = new WorkerPool(1, workers.fib);
  const signal = signalLike({ add: (_type, listener) => listener() });
  await assert.rejects(pool.run(10, { signal }), { code: 'ABORT_ERR' });
  assert.equal(pool.stats().submitted, 0);
  await pool.close();
});

test('a signal that closes the pool when it is listened to has its task refused', async () => {
  const pool = new WorkerPool(1, workers.fib);
  let closed;
  const task = pool.run(10, { signal: signalLike({ add: () => (closed = pool.close()) }) });
  await assert.rejects(task, { code: 'ERR_POOL_CLOSED' });
  await closed;
});

test('a refused task leaves its signal when its slot is free', async () => {
  const pool = new WorkerPool(1, workers.gate, { maxQueue: 1 });
  const controller = new AbortController();
  const running = pool.run(5070, { signal: controller.signal });
  const queued = pool.run(5071, { signal: controller.signal });
  let nested;
  const signal = signalLike({
    remove() {
      controller.abort();
      nested ??= pool.run(5072);
    },
  });
  const refused = pool.run(5074, { signal });
  openGate(5072);
  assert.deepEqual(await Promise.all([running, queued, refused].map(outcomeOf)), [
    'ABORT_ERR',
    'ABORT_ERR',
    'ERR_POOL_QUEUE_FULL',
  ]);
  assert.equal(await nested, 5072);
  await pool.close();
});

test('a hook of async_hooks may submit tasks whenever a promise is made', async () => {
  const pool = new WorkerPool(2, workers.gate);
  const tasks = [];
  let gate = 5100;
  const submit = () => {
    const number = gate++;
    tasks.push(pool.run(number).then((result) => assert.equal(result, number)));
  };
  let isOn = false;
  let nested = 0;
  const hook = createHook({
    init(_id, type) {
      if (!isOn || type !== 'PROMISE' || nested === 200) return;
      nested++;
      isOn = false;
      submit();
      isOn = true;
    },
  });
  // The pool makes promises of its own for some of the tasks in a row.
  for (let before = 0; before < 10; before++) {
    for (let i = 0; i < before; i++) submit();
    hook.enable();
    isOn = true;
    submit();
    isOn = false;
    hook.disable();
    submit();
    await turn();
  }
  for (let number = 5100; number < gate; number++) openGate(number);
  await Promise.all(tasks);
  assert.ok(nested > 0);
  assert.equal(pool.stats().completed, tasks.length);
  await pool.close();
});

test('a getter that each result inherits may call the pool', async () => {
  const pool = new WorkerPool(1, workers.fib);
  const nested = [];
  let left = 30;
  Object.defineProperty(Object.prototype, 'then', {
    __proto__: null,
    configurable: true,
    get() {
      if (this?.n !== undefined && left-- > 0) nested.push(pool.run(left));
      return undefined;
    },
  });
  try {
    const results = await Promise.all(Array.from({ length: 20 }, (_, n) => pool.run(n)));
    assert.deepEqual(
      results.map(({ n }) => n),
      Array.from({ length: 20 }, (_, n) => n),
    );
    for (let i = 0; i < nested.length; i++) await nested[i];
  } finally {
    delete Object.prototype.then;
  }
  assert.ok(nested.length >= 20);
  await pool.close();
});

test('a listener of crash or drain may close the pool', async () => {
  const pool = new WorkerPool(1, workers.panic, { maxQueue: 0 });
  let closed;
  pool.on('crash', () => {
    closed = pool.close({ force: true });
  });
  await assert.rejects(pool.run(1));
  await closed;
  const drained = new WorkerPool(1, workers.gate, { maxQueue: 0 });
  drained.on('drain', () => {
    closed = drained.close();
  });
  const task = drained.run(5400);
  await assert.rejects(drained.run(5400), { code: 'ERR_POOL_QUEUE_FULL' });
  await atGate(5400);
  openGate(5400);
  await task;
  await closed;
});
