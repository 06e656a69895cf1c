'use strict';

const { test } = require('node:test');
const assert = require('node:assert/strict');
const { WorkerPool, freshGate, openGate, atGate, workers, unlessNative } = require('./support/kinds');

function blockFor(milliseconds) {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}

const timedOut = (timeout) => ({
  name: 'Error',
  code: 'ERR_POOL_TIMEOUT',
  message: `Task ran for longer than ${timeout} ms`,
});
const waitedTooLong = (timeout) => ({
  name: 'Error',
  code: 'ERR_POOL_QUEUE_TIMEOUT',
  message: `Task waited for a worker for longer than ${timeout} ms`,
});

test('a task that exceeds its timeout stops, and its thread runs the next task', async () => {
  const pool = new WorkerPool(1, workers.fib);
  const hours = pool.run(78, { timeout: 5 });
  const next = pool.run(10);
  await assert.rejects(hours, timedOut(5));
  assert.deepEqual(await next, { n: 10, result: 55 });
  const { timedOut: count, crashes } = pool.stats();
  assert.deepEqual({ count, crashes }, { count: 1, crashes: 0 });
  await pool.close();
});

test('a timeout applies while the event loop is blocked', { skip: unlessNative }, async () => {
  const pool = new WorkerPool(1, workers.fib);
  const hours = pool.run(78, { timeout: 1 });
  const next = pool.run(10);
  while (pool.idle.length === 0) blockFor(1);
  await assert.rejects(hours, { code: 'ERR_POOL_TIMEOUT' });
  await next;
  await pool.close();
});

test('a timeout counts from the start of the task, not from run', async () => {
  const pool = new WorkerPool(1, workers.gate);
  const gate = freshGate();
  const first = pool.run(gate);
  await atGate(gate);
  const second = assert.rejects(pool.run(freshGate(), { timeout: 30 }), timedOut(30));
  blockFor(60);
  openGate(gate);
  await Promise.all([first, second]);
  // The first ran for 60 ms, so the second is the shorter one of the two.
  const { runTime } = pool.stats();
  assert.ok(runTime.p50 >= 29, JSON.stringify(runTime));
  await pool.close();
});

test('a timeout of 0 is exceeded by every task', async () => {
  const pool = new WorkerPool(1, workers.fib);
  await assert.rejects(pool.run(1, { timeout: 0 }), timedOut(0));
  await pool.close();
});

test('a task that exceeds its queueTimeout never runs', async () => {
  const pool = new WorkerPool(1, workers.gate, { maxQueue: 1 });
  const [first, third] = [freshGate(), freshGate()];
  const running = pool.run(first);
  await assert.rejects(pool.run(freshGate(), { queueTimeout: 5 }), waitedTooLong(5));
  assert.equal(pool.queue.length, 0);
  const next = pool.run(third);
  openGate(first);
  openGate(third);
  assert.deepEqual(await Promise.all([running, next]), [first, third]);
  assert.equal(pool.stats().timedOut, 1);
  await pool.close();
});

test('a task that exceeds its queueTimeout while the event loop is blocked never runs', async () => {
  const pool = new WorkerPool(1, workers.gate);
  const gates = [freshGate(), freshGate()];
  const running = pool.run(gates[0]);
  const late = pool.run(gates[1], { queueTimeout: 5 });
  blockFor(10);
  for (const gate of gates) openGate(gate);
  await assert.rejects(late, waitedTooLong(5));
  assert.equal(await running, gates[0]);
  assert.equal(pool.stats().completed, 1);
  await pool.close();
});

test('a queueTimeout does not apply once the task runs', async () => {
  const pool = new WorkerPool(1, workers.gate);
  const [gate, open] = [freshGate(), freshGate()];
  openGate(open);
  await pool.run(open); // in a worker file a task waits for that to be loaded, too
  const task = pool.run(gate, { queueTimeout: 1 });
  blockFor(5);
  openGate(gate);
  assert.equal(await task, gate);
  await pool.close();
});

test('many queueTimeouts expire in order of time, not of the calls', async () => {
  const pool = new WorkerPool(1, workers.gate);
  const gate = freshGate();
  const running = pool.run(gate);
  const ended = [];
  const waits = [60, 20, 40, 20, 5];
  await Promise.all(
    waits.map((queueTimeout) =>
      pool.run(freshGate(), { queueTimeout }).catch(({ code }) => {
        assert.equal(code, 'ERR_POOL_QUEUE_TIMEOUT');
        ended.push(queueTimeout);
      }),
    ),
  );
  assert.deepEqual(
    ended,
    waits.toSorted((a, b) => a - b),
  );
  openGate(gate);
  await running;
  await pool.close();
});

test('a time limit beyond the longest delay of a Node.js timer does not expire at once', async () => {
  const pool = new WorkerPool(1, workers.gate);
  const [gate, open] = [freshGate(), freshGate()];
  const running = pool.run(gate);
  const limits = [2 ** 31, 1e12, Number.MAX_VALUE, Infinity];
  const tasks = limits.map((limit) => pool.run(open, { timeout: limit, queueTimeout: limit }));
  blockFor(5);
  openGate(gate);
  openGate(open);
  await Promise.all([running, ...tasks]);
  await pool.close();
});

test('a task with time limits and a signal ends by whichever comes first', async () => {
  const pool = new WorkerPool(1, workers.fib);
  const { signal } = new AbortController();
  await assert.rejects(pool.run(78, { signal, timeout: 5, queueTimeout: 1e6 }), { code: 'ERR_POOL_TIMEOUT' });
  const controller = new AbortController();
  const task = pool.run(78, { signal: controller.signal, timeout: 1e6 });
  controller.abort();
  await assert.rejects(task, { code: 'ABORT_ERR' });
  await pool.close();
});
