'use strict';

const { test } = require('node:test');
const assert = require('node:assert/strict');
const { WorkerPool, openGate, workers } = require('./support/kinds');

const queueFull = { name: 'Error', code: 'ERR_POOL_QUEUE_FULL', message: 'Backpressure: task queue is full' };

test('a task is refused when every worker is busy and maxQueue tasks wait', async () => {
  const pool = new WorkerPool(2, workers.gate, { maxQueue: 3 });
  const admitted = [301, 302, 303, 304, 305].map((gate) => pool.run(gate));
  await assert.rejects(pool.run(306), queueFull);
  assert.equal(pool.queue.length, 3);
  for (const gate of [301, 302, 303, 304, 305]) openGate(gate);
  assert.deepEqual(await Promise.all(admitted), [301, 302, 303, 304, 305]);
  await pool.close();
});

test('with maxQueue 0 a task runs on an idle worker or not at all', async () => {
  const pool = new WorkerPool(1, workers.gate, { maxQueue: 0 });
  const busy = pool.run(310);
  await assert.rejects(pool.run(311), queueFull);
  openGate(310);
  await busy;
  openGate(311);
  assert.equal(await pool.run(311), 311);
  await pool.close();
});

test('who awaits a task finds its worker free', async () => {
  const pool = new WorkerPool(1, workers.fib, { maxQueue: 0 });
  for (let i = 0; i < 2000; i++) await pool.run(1);
  await pool.close();
});

test('a refused task leaves nothing behind', async () => {
  const pool = new WorkerPool(1, workers.gate, { maxQueue: 1 });
  const admitted = [pool.run(320), pool.run(321)];
  const refused = await Promise.allSettled(Array.from({ length: 1000 }, () => pool.run(322)));
  assert.ok(refused.every(({ reason }) => reason?.code === 'ERR_POOL_QUEUE_FULL'));
  openGate(320);
  openGate(321);
  assert.deepEqual(await Promise.all(admitted), [320, 321]);
  await pool.close();
});
