'use strict';

const { test } = require('node:test');
const assert = require('node:assert/strict');
const { setImmediate: turn } = require('node:timers/promises');
const { WorkerPool, freshGate, openGate, workers, unlessNative } = require('./support/kinds');
const { scale } = require('./support/scale');
const threads = require('./support/threads');

const closed = { name: 'Error', code: 'ERR_POOL_CLOSED', message: 'Pool is closing' };

test('close waits until all running and queued tasks have settled', async () => {
  const pool = new WorkerPool(2, workers.gate);
  const settled = [];
  const gates = Array.from({ length: 4 }, freshGate);
  const tasks = gates.map((gate) => pool.run(gate).then((result) => settled.push(result)));
  const closing = pool.close().then(() => settled.push('closed'));
  for (const gate of gates) openGate(gate);
  await Promise.all([...tasks, closing]);
  assert.equal(settled.at(-1), 'closed');
  assert.deepEqual(new Set(settled.slice(0, -1)), new Set(gates));
});

test('close waits for a running task when nothing is queued', async () => {
  const pool = new WorkerPool(1, workers.gate);
  const gate = freshGate();
  const task = pool.run(gate);
  let isClosed = false;
  const closing = pool.close().then(() => {
    isClosed = true;
  });
  // Another pool closes meanwhile: the event loop has turned, and a close that waits for nothing ends.
  await new WorkerPool(1, workers.fib).close();
  assert.equal(isClosed, false);
  openGate(gate);
  assert.equal(await task, gate);
  await closing;
});

test('no task is admitted after close', async () => {
  const pool = new WorkerPool(1, workers.gate);
  const gate = freshGate();
  const running = pool.run(gate);
  const closing = pool.close();
  await assert.rejects(pool.run(gate), closed);
  openGate(gate);
  await Promise.all([running, closing]);
  await assert.rejects(pool.run(gate), closed);
});

test('a task is refused if reading its data closes the pool', { skip: unlessNative }, async () => {
  const pool = new WorkerPool(1, workers.fib);
  const data = {
    get n() {
      pool.close();
      return 10;
    },
  };
  await assert.rejects(pool.run(data), closed);
  await pool.close();
});

test('every call of close returns the same outcome', async () => {
  const pool = new WorkerPool(2, workers.fib);
  const first = pool.close();
  assert.equal(pool.close(), first);
  assert.equal(await first, undefined);
  assert.equal(pool.close(), first);
});

test('a task that crashes while the pool closes rejects, and the other tasks still run', async () => {
  const pool = new WorkerPool(1, workers.panic);
  const tasks = Promise.allSettled([1, 7, 2, 8].map((input) => pool.run(input)));
  await pool.close();
  const outcomes = await tasks;
  assert.deepEqual(
    outcomes.map(({ value, reason }) => value ?? reason.code),
    ['ERR_POOL_CRASH', 7, 'ERR_POOL_CRASH', 8],
  );
});

test('close resolves when the threads are gone', { skip: threads.unsupported }, async () => {
  // Threads of `worker_threads` have no name of ours, and the process starts some of its own with the first of them.
  const count = unlessNative ? threads.count : threads.nativeThreads;
  await new WorkerPool(1, workers.panic).close();
  const before = count();
  for (let round = 0; round < (unlessNative ? scale(5, 2) : scale(100, 20)); round++) {
    const pool = new WorkerPool(4, workers.panic);
    await Promise.allSettled([pool.run(5), pool.run(1), pool.run(6)]);
    assert.ok(count() > before);
    await pool.close();
    assert.equal(count(), before);
  }
});

test("close resolves after the tasks' own handlers have run", async () => {
  for (const force of [false, true]) {
    const pool = new WorkerPool(1, force ? workers.gate : workers.panic);
    const told = [];
    const gate = freshGate();
    const task = pool.run(force ? gate : 1).catch(() => told.push('task'));
    if (!force) await task;
    const last = pool.run(force ? gate : 2).catch(() => told.push('last'));
    const closing = pool.close({ force }).then(() => told.push('closed'));
    openGate(gate);
    await Promise.all([task, last, closing]);
    assert.equal(told.at(-1), 'closed');
  }
});

test('close resolves when the last queued task is aborted', async () => {
  for (const started of [false, true]) {
    const pool = new WorkerPool(1, workers.gate);
    const gate = freshGate();
    const first = started ? pool.run(gate) : undefined;
    const controller = new AbortController();
    const last = assert.rejects(pool.run(freshGate(), { signal: controller.signal }), { code: 'ABORT_ERR' });
    const closing = pool.close();
    await turn(); // in which it finds that it has to wait
    controller.abort();
    await last;
    openGate(gate);
    await Promise.all([first, closing]);
  }
});
