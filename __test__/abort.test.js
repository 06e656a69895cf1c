'use strict';

const { test } = require('node:test');
const assert = require('node:assert/strict');
const { addAbortListener, getEventListeners } = require('node:events');
const { WorkerPool, freshGate, openGate, atGate, workers, unlessNative } = require('./support/kinds');
const { scale } = require('./support/scale');

const aborted = (reason) => ({ name: 'AbortError', code: 'ABORT_ERR', cause: reason });

test('a task whose signal has already aborted rejects and is not counted', async () => {
  const pool = new WorkerPool(1, workers.fib);
  const reason = new Error('changed my mind');
  await assert.rejects(pool.run(10, { signal: AbortSignal.abort(reason) }), aborted(reason));
  assert.equal(pool.stats().submitted, 0);
  await pool.close();
});

test('aborting a queued task rejects it, frees its place at once, and the task never runs', async () => {
  const pool = new WorkerPool(1, workers.gate, { maxQueue: 1 });
  const [first, third] = [freshGate(), freshGate()];
  const running = pool.run(first);
  const controller = new AbortController();
  const queued = pool.run(freshGate(), { signal: controller.signal });
  assert.equal(pool.queue.length, 1);
  controller.abort('enough');
  assert.equal(pool.queue.length, 0);
  const next = pool.run(third);
  await assert.rejects(queued, aborted('enough'));
  openGate(first);
  openGate(third);
  assert.deepEqual(await Promise.all([running, next]), [first, third]);
  assert.equal(pool.stats().waitTime.max > 0, true);
  assert.equal(pool.stats().aborted, 1);
  await pool.close();
});

test('aborting a running task stops it, and its thread runs the next task', async () => {
  const pool = new WorkerPool(1, workers.gate);
  const [gate, open] = [freshGate(), freshGate()];
  openGate(open);
  const controller = new AbortController();
  const running = pool.run(gate, { signal: controller.signal });
  const next = pool.run(open);
  await atGate(gate);
  controller.abort('enough');
  await assert.rejects(running, aborted('enough'));
  assert.equal(await next, open);
  assert.equal(pool.stats().crashes, 0);
  await pool.close();
});

test('an abort right after run stops the task, queued or running', async () => {
  const pool = new WorkerPool(2, workers.fib);
  for (let round = 0; round < 500; round++) {
    const controller = new AbortController();
    const task = pool.run(78, { signal: controller.signal });
    for (let i = 0; i < (round % 50) * 200; i++); // a thread may have it by now
    controller.abort();
    await assert.rejects(task, { code: 'ABORT_ERR' });
  }
  await pool.close();
  const { submitted, aborted } = pool.stats();
  assert.deepEqual({ submitted, aborted }, { submitted: 500, aborted: 500 });
});

test('an abort stops only its own task', async () => {
  const pool = new WorkerPool(2, workers.gate);
  const controllers = Array.from({ length: 6 }, () => new AbortController());
  const gates = controllers.map(freshGate);
  const tasks = controllers.map(({ signal }, i) => pool.run(gates[i], { signal }));
  for (const i of [0, 3, 5]) controllers[i].abort(i);
  for (const i of [1, 2, 4]) openGate(gates[i]);
  const outcomes = await Promise.allSettled(tasks);
  assert.deepEqual(
    outcomes.map(({ value, reason }) => value ?? reason.cause),
    [0, gates[1], gates[2], 3, gates[4], 5],
  );
  await pool.close();
});

test('one signal aborts all its tasks through a single listener', async () => {
  const pool = new WorkerPool(2, workers.gate);
  const { signal, abort } = controllerOf();
  const gate = freshGate();
  const tasks = Array.from({ length: 100 }, () => pool.run(gate, { signal }));
  assert.equal(getEventListeners(signal, 'abort').length, 1);
  abort('all');
  const outcomes = await Promise.allSettled(tasks);
  assert.ok(outcomes.every(({ reason }) => reason?.cause === 'all'));
  await pool.close();
});

function controllerOf() {
  const controller = new AbortController();
  return { signal: controller.signal, abort: (reason) => controller.abort(reason) };
}

const unlessResisting = addAbortListener === undefined && 'the runtime has no addAbortListener';

test('an abort arrives although another listener stops its event', { skip: unlessResisting }, async () => {
  const controller = new AbortController();
  controller.signal.addEventListener('abort', (event) => event.stopImmediatePropagation());
  const pool = new WorkerPool(1, workers.gate);
  const task = pool.run(freshGate(), { signal: controller.signal });
  controller.abort();
  await assert.rejects(task, { name: 'AbortError' });
  await pool.close();
});

test('a settled task leaves no listener on its signal', async () => {
  const { signal, abort } = controllerOf();
  const crashing = new WorkerPool(1, workers.panic);
  await crashing.run(7, { signal });
  await assert.rejects(crashing.run(1, { signal }), { code: 'ERR_POOL_CRASH' });
  await crashing.close();
  await assert.rejects(crashing.run(7, { signal }), { code: 'ERR_POOL_CLOSED' });

  const full = new WorkerPool(1, workers.gate, { maxQueue: 0 });
  const gate = freshGate();
  const running = full.run(gate, { signal, timeout: 1e6 });
  await assert.rejects(full.run(gate, { signal }), { code: 'ERR_POOL_QUEUE_FULL' });
  assert.equal(getEventListeners(signal, 'abort').length, 1);
  openGate(gate);
  await running;
  assert.equal(getEventListeners(signal, 'abort').length, 0);
  abort();
  await full.close();
});

test('an abort after the task has settled has no effect', { skip: unlessNative }, async () => {
  const pool = new WorkerPool(1, workers.fib);
  const { signal, abort } = controllerOf();
  const task = pool.run(10, { signal });
  while (pool.idle.length === 0); // it has ended, and nobody has been told
  abort();
  assert.deepEqual(await task, { n: 10, result: 55 });
  assert.equal(pool.stats().aborted, 0);
  await pool.close();
});

test('many aborted tasks leave the queue unchanged', async () => {
  const count = scale(100_000, 10_000);
  const pool = new WorkerPool(1, workers.gate);
  const gates = [freshGate(), freshGate(), freshGate()];
  const first = pool.run(gates[0]);
  const { signal, abort } = controllerOf();
  const tasks = Array.from({ length: count }, () => pool.run(gates[1], { signal }).catch(({ code }) => code));
  const last = pool.run(gates[2]);
  assert.equal(pool.queue.length, count + 1);
  abort();
  assert.equal(pool.queue.length, 1);
  assert.ok((await Promise.all(tasks)).every((code) => code === 'ABORT_ERR'));
  openGate(gates[0]);
  openGate(gates[2]);
  assert.deepEqual(await Promise.all([first, last]), [gates[0], gates[2]]);
  const { submitted, completed, aborted } = pool.stats();
  assert.deepEqual({ submitted, completed, aborted }, { submitted: count + 2, completed: 2, aborted: count });
  await pool.close();
});

test('AbortSignal.timeout and AbortSignal.any work as signals', async () => {
  const pool = new WorkerPool(1, workers.fib);
  await assert.rejects(pool.run(78, { signal: AbortSignal.timeout(5) }), { code: 'ABORT_ERR' });
  const signal = AbortSignal.any([AbortSignal.timeout(5), new AbortController().signal]);
  await assert.rejects(pool.run(78, { signal }), { code: 'ABORT_ERR' });
  await pool.close();
});

test('a task that is aborted by its own abort listener settles once', async () => {
  const pool = new WorkerPool(1, workers.gate);
  const gate = freshGate();
  const first = pool.run(gate);
  const { signal, abort } = controllerOf();
  signal.addEventListener('abort', () => openGate(gate));
  const task = pool.run(freshGate(), { signal });
  abort();
  await assert.rejects(task, { code: 'ABORT_ERR' });
  assert.equal(await first, gate);
  await pool.close();
});

test('an exception of a foreign signal affects no other task', async () => {
  const pool = new WorkerPool(1, workers.gate);
  const gates = [freshGate(), freshGate(), freshGate()];
  const boom = () => {
    throw new Error('boom');
  };
  const fake = (own) => ({ aborted: false, addEventListener() {}, removeEventListener() {}, ...own });
  const unusable = { code: 'ERR_INVALID_ARG_VALUE', message: 'options.signal could not be read' };
  const unreadable = Object.defineProperty(fake(), 'aborted', { get: boom });
  for (const signal of [fake({ addEventListener: boom }), unreadable]) {
    await assert.rejects(pool.run(gates[0], { signal }), unusable);
    await assert.rejects(pool.map([gates[0]], { signal }), { code: 'ERR_INVALID_ARG_VALUE' });
  }
  assert.equal(pool.stats().submitted, 0);

  let late;
  const addEventListener = (_, listener) => {
    late = listener;
    boom();
  };
  await assert.rejects(pool.run(gates[2], { signal: fake({ addEventListener }) }), unusable);
  const stranger = pool.run(gates[2], { signal: new AbortController().signal });
  late();
  openGate(gates[2]);
  assert.equal(await stranger, gates[2], 'it has the place of the other');

  let abort;
  const signal = fake({
    addEventListener: (_, listener) => {
      abort = listener;
    },
    removeEventListener: boom,
  });
  Object.defineProperty(signal, 'reason', { get: boom });
  const first = pool.run(gates[0], { signal });
  const second = pool.run(gates[1]);
  abort();
  await assert.rejects(first, { code: 'ABORT_ERR', cause: undefined });
  openGate(gates[1]);
  assert.equal(await second, gates[1]);
  await pool.close();
});
