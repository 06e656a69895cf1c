'use strict';

// Code of the caller's runs in the middle of the pool's: methods of signals, hooks of async_hooks, getters of what a
// promise is resolved with. Whatever it calls there, each task settles once and with its own result.

const { test } = require('node:test');
const assert = require('node:assert/strict');
const { createHook } = require('node:async_hooks');
const { setImmediate: turn } = require('node:timers/promises');
const { WorkerPool, freshGate, openGate, atGate, workers } = require('./support/kinds');

/** A signal whose methods do what the test likes. */
function signalLike({ add = () => {}, remove = () => {} }) {
  return { aborted: false, addEventListener: add, removeEventListener: remove };
}

const outcomeOf = (promise) => promise.catch(({ code }) => code);

test('a signal that aborts the only other task in addEventListener affects no further task', async () => {
  const pool = new WorkerPool(1, workers.gate);
  const controller = new AbortController();
  const [first, ...gates] = Array.from({ length: 4 }, freshGate);
  const aborted = pool.run(first, { signal: controller.signal });
  const nested = pool.run(gates[0], { signal: signalLike({ add: () => controller.abort() }) });
  const others = [pool.run(gates[1]), pool.run(gates[2])];
  for (const gate of [first, ...gates]) openGate(gate);
  assert.deepEqual(await Promise.all([aborted, nested, ...others].map(outcomeOf)), ['ABORT_ERR', ...gates]);
  await pool.close();
});

test('a signal may call the pool in addEventListener and removeEventListener', async () => {
  const pool = new WorkerPool(1, workers.gate);
  const tasks = [];
  const submit = (options) => {
    const gate = freshGate();
    openGate(gate);
    tasks.push({ gate, promise: pool.run(gate, options) });
  };
  let depth = 0;
  const signal = signalLike({
    add() {
      if (depth++ < 20) submit({ signal });
      pool.stats();
    },
    remove() {
      if (depth++ < 40) submit();
    },
  });
  submit({ signal });
  for (let i = 0; i < tasks.length; i++) assert.equal(await tasks[i].promise, tasks[i].gate);
  assert.equal(pool.stats().completed, tasks.length);
  await pool.close();
});

test('a task whose signal calls its listener in addEventListener rejects and is not counted', async () => {
  const pool = new WorkerPool(1, workers.fib);
  const signal = signalLike({ add: (_type, listener) => listener() });
  await assert.rejects(pool.run(10, { signal }), { code: 'ABORT_ERR' });
  assert.equal(pool.stats().submitted, 0);
  await pool.close();
});

test('a task whose signal closes the pool in addEventListener is refused', async () => {
  const pool = new WorkerPool(1, workers.fib);
  let closed;
  const task = pool.run(10, { signal: signalLike({ add: () => (closed = pool.close()) }) });
  await assert.rejects(task, { code: 'ERR_POOL_CLOSED' });
  await closed;
});

test('a refused task frees its slot before it calls removeEventListener', async () => {
  const pool = new WorkerPool(1, workers.gate, { maxQueue: 1 });
  const controller = new AbortController();
  const running = pool.run(freshGate(), { signal: controller.signal });
  const queued = pool.run(freshGate(), { signal: controller.signal });
  const gate = freshGate();
  let nested;
  const signal = signalLike({
    remove() {
      controller.abort();
      nested ??= pool.run(gate);
    },
  });
  const refused = pool.run(freshGate(), { signal });
  openGate(gate);
  assert.deepEqual(await Promise.all([running, queued, refused].map(outcomeOf)), [
    'ABORT_ERR',
    'ABORT_ERR',
    'ERR_POOL_QUEUE_FULL',
  ]);
  assert.equal(await nested, gate);
  await pool.close();
});

test('an async_hooks hook may submit tasks whenever a promise is created', async () => {
  const pool = new WorkerPool(2, workers.gate);
  const tasks = [];
  const gates = [];
  const submit = () => {
    const gate = freshGate();
    gates.push(gate);
    tasks.push(pool.run(gate).then((result) => assert.equal(result, gate)));
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
  for (const gate of gates) openGate(gate);
  await Promise.all(tasks);
  assert.ok(nested > 0);
  assert.equal(pool.stats().completed, tasks.length);
  await pool.close();
});

const CALLS = {
  close: (pool) => pool.close(),
  ready: (pool) => pool.ready(),
  run: (pool, gate) => pool.run(gate),
  map: (pool, gate) => pool.map([gate]),
  'the next of a stream': (pool, gate) => pool.stream([gate]).next(),
};

/** Does `act` when the promise of that number is made during `body`, of whatever promises are made. */
function atPromise(number, act, body) {
  let made = 0;
  const hook = createHook({
    init(_id, type) {
      if (type !== 'PROMISE' || made++ !== number) return;
      hook.disable();
      act();
    },
  });
  hook.enable();
  try {
    return body();
  } finally {
    hook.disable();
  }
}

for (const name of Object.keys(CALLS)) {
  for (const act of ['close', 'ready']) {
    test(`an async_hooks hook may call ${act} whenever a promise is created for ${name}`, async () => {
      for (let number = 0; number < 4; number++) {
        const pool = new WorkerPool(1, workers.gate, { maxQueue: 0 });
        const [running, gate] = [freshGate(), freshGate()];
        openGate(gate);
        const task = pool.run(running);
        const nested = [];
        const call = atPromise(
          number,
          () => nested.push(CALLS[act](pool)),
          () => CALLS[name](pool, gate),
        );
        const promises = [task, call, ...nested].map(outcomeOf);
        openGate(running);
        if (name !== 'close' && act !== 'close') await promises[1];
        if (name === 'close' && act === 'close' && nested.length > 0) assert.equal(nested[0], call);
        await pool.close();
        await Promise.all(promises);
      }
    });
  }
}

test('ready rejects if an async_hooks hook closes the pool while its promise is created', async () => {
  const pool = new WorkerPool(1, workers.gate, { maxQueue: 0 });
  const controller = new AbortController();
  const task = outcomeOf(pool.run(freshGate(), { signal: controller.signal }));
  let closed;
  const ready = atPromise(
    0,
    () => (closed = pool.close()),
    () => pool.ready(),
  );
  await assert.rejects(ready, { code: 'ERR_POOL_CLOSED' });
  controller.abort();
  assert.equal(await task, 'ABORT_ERR');
  await closed;
});

test('ready resolves if an async_hooks hook frees the last room while its promise is created', async () => {
  const pool = new WorkerPool(1, workers.gate, { maxQueue: 1 });
  const controller = new AbortController();
  const gate = freshGate();
  const running = pool.run(gate);
  const queued = outcomeOf(pool.run(freshGate(), { signal: controller.signal }));
  const ready = atPromise(
    0,
    () => controller.abort(),
    () => pool.ready(),
  );
  assert.equal(await queued, 'ABORT_ERR');
  await ready;
  openGate(gate);
  await running;
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

test("a listener of 'crash' or 'drain' may close the pool", async () => {
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
  const gate = freshGate();
  const task = drained.run(gate);
  await assert.rejects(drained.run(gate), { code: 'ERR_POOL_QUEUE_FULL' });
  await atGate(gate);
  openGate(gate);
  await task;
  await closed;
});
