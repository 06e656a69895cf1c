'use strict';

const { test } = require('node:test');
const assert = require('node:assert/strict');
const { WorkerPool, openGate, workers, unlessNative } = require('./support/kinds');

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

test('a task that runs for longer than its timeout stops, and its thread runs the next', async () => {
  const pool = new WorkerPool(1, workers.fib);
  const hours = pool.run(78, { timeout: 5 });
  const next = pool.run(10);
  await assert.rejects(hours, timedOut(5));
  assert.deepEqual(await next, { n: 10, result: 55 });
  const { timedOut: count, crashes } = pool.stats();
  assert.deepEqual({ count, crashes }, { count: 1, crashes: 0 });
  await pool.close();
});

test('a timeout holds while the event loop is blocked', { skip: unlessNative }, async () => {
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
  const first = pool.run(2101);
  openGate(2102);
  const second = pool.run(2102, { timeout: 5000 });
  blockFor(20);
  const third = pool.run(2102, { timeout: 10_000 });
  openGate(2101);
  assert.deepEqual(await Promise.all([first, second, third]), [2101, 2102, 2102]);
  await pool.close();
});

test('a timeout of 0 is exceeded by every task', async () => {
  const pool = new WorkerPool(1, workers.fib);
  await assert.rejects(pool.run(1, { timeout: 0 }), timedOut(0));
  await pool.close();
});

test('a task that waits for longer than its queueTimeout never runs', async () => {
  const pool = new WorkerPool(1, workers.gate, { maxQueue: 1 });
  const running = pool.run(2110);
  await assert.rejects(pool.run(2111, { queueTimeout: 5 }), waitedTooLong(5));
  assert.equal(pool.queue.length, 0);
  const next = pool.run(2112);
  openGate(2110);
  openGate(2112);
  assert.deepEqual(await Promise.all([running, next]), [2110, 2112]);
  assert.equal(pool.stats().timedOut, 1);
  await pool.close();
});

test('a task that waits for too long is not started though the event loop is blocked', async () => {
  const pool = new WorkerPool(1, workers.gate);
  const running = pool.run(2120);
  const late = pool.run(2121, { queueTimeout: 5 });
  blockFor(10);
  openGate(2120);
  openGate(2121);
  await assert.rejects(late, waitedTooLong(5));
  assert.equal(await running, 2120);
  assert.equal(pool.stats().completed, 1);
  await pool.close();
});

test('a queueTimeout is over once the task runs', async () => {
  const pool = new WorkerPool(1, workers.gate);
  openGate(2131);
  await pool.run(2131); // in a worker file a task waits for that to be loaded, too
  const task = pool.run(2130, { queueTimeout: 1 });
  blockFor(5);
  openGate(2130);
  assert.equal(await task, 2130);
  await pool.close();
});

test('many queueTimeouts end each at its time, whatever the order of the calls', async () => {
  const pool = new WorkerPool(1, workers.gate);
  const running = pool.run(2140);
  const ended = [];
  const waits = [60, 20, 40, 20, 5];
  await Promise.all(
    waits.map((queueTimeout) =>
      pool.run(2141, { queueTimeout }).catch(({ code }) => {
        assert.equal(code, 'ERR_POOL_QUEUE_TIMEOUT');
        ended.push(queueTimeout);
      }),
    ),
  );
  assert.deepEqual(
    ended,
    waits.toSorted((a, b) => a - b),
  );
  openGate(2140);
  await running;
  await pool.close();
});

test('a limit that no timer of Node.js can wait for is no limit at once', async () => {
  const pool = new WorkerPool(1, workers.gate);
  const running = pool.run(2150);
  const limits = [2 ** 31, 1e12, Number.MAX_VALUE, Infinity];
  const tasks = limits.map((limit) => pool.run(2151, { timeout: limit, queueTimeout: limit }));
  blockFor(5);
  openGate(2150);
  openGate(2151);
  await Promise.all([running, ...tasks]);
  await pool.close();
});

test('a task with time limits and a signal ends by what comes first', async () => {
  const pool = new WorkerPool(1, workers.fib);
  const { signal } = new AbortController();
  await assert.rejects(pool.run(78, { signal, timeout: 5, queueTimeout: 1e6 }), { code: 'ERR_POOL_TIMEOUT' });
  const controller = new AbortController();
  const task = pool.run(78, { signal: controller.signal, timeout: 1e6 });
  controller.abort();
  await assert.rejects(task, { code: 'ABORT_ERR' });
  await pool.close();
});
