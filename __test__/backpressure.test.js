'use strict';

const { test } = require('node:test');
const assert = require('node:assert/strict');
const { WorkerPool, freshGate, openGate, workers } = require('./support/kinds');

const queueFull = { name: 'Error', code: 'ERR_POOL_QUEUE_FULL', message: 'Backpressure: task queue is full' };

test('a task is refused when every worker is busy and maxQueue tasks wait', async () => {
  const pool = new WorkerPool(2, workers.gate, { maxQueue: 3 });
  const gates = Array.from({ length: 5 }, freshGate);
  const admitted = gates.map((gate) => pool.run(gate));
  await assert.rejects(pool.run(freshGate()), queueFull);
  assert.equal(pool.queue.length, 3);
  for (const gate of gates) openGate(gate);
  assert.deepEqual(await Promise.all(admitted), gates);
  await pool.close();
});

test('with maxQueue 0, a task runs on an idle worker or is refused', async () => {
  const pool = new WorkerPool(1, workers.gate, { maxQueue: 0 });
  const [first, second] = [freshGate(), freshGate()];
  const busy = pool.run(first);
  await assert.rejects(pool.run(second), queueFull);
  openGate(first);
  await busy;
  openGate(second);
  assert.equal(await pool.run(second), second);
  await pool.close();
});

test('after awaiting a task, its worker is free', async () => {
  const pool = new WorkerPool(1, workers.fib, { maxQueue: 0 });
  for (let i = 0; i < 2000; i++) await pool.run(1);
  await pool.close();
});

test('a refused task leaves no state behind', async () => {
  const pool = new WorkerPool(1, workers.gate, { maxQueue: 1 });
  const gates = [freshGate(), freshGate()];
  const admitted = gates.map((gate) => pool.run(gate));
  const refused = await Promise.allSettled(Array.from({ length: 1000 }, () => pool.run(gates[0])));
  assert.ok(refused.every(({ reason }) => reason?.code === 'ERR_POOL_QUEUE_FULL'));
  for (const gate of gates) openGate(gate);
  assert.deepEqual(await Promise.all(admitted), gates);
  await pool.close();
});
