'use strict';

const { test } = require('node:test');
const assert = require('node:assert/strict');
const { WorkerPool, freshGate, openGate, workers } = require('./support/kinds');

test("size, workerFile and maxQueue return the constructor's arguments", async () => {
  const pool = new WorkerPool(3, workers.fib, { maxQueue: 7 });
  assert.equal(pool.size, 3);
  assert.equal(pool.workerFile, workers.fib);
  assert.equal(pool.maxQueue, 7);
  await pool.close();
});

test('maxQueue is Infinity by default', async () => {
  for (const options of [undefined, {}, { maxQueue: undefined }]) {
    const pool = new WorkerPool(1, workers.fib, options);
    assert.equal(pool.maxQueue, Infinity);
    await pool.close();
  }
});

test('idle, queue and all count workers and tasks exactly', async () => {
  const pool = new WorkerPool(2, workers.gate);
  const counts = () => [pool.idle.length, pool.queue.length, pool.all.size];
  assert.deepEqual(counts(), [2, 0, 2]);
  const [first, ...others] = Array.from({ length: 4 }, freshGate);
  const tasks = [pool.run(first)];
  assert.deepEqual(counts(), [1, 0, 2]);
  for (const gate of others) tasks.push(pool.run(gate));
  assert.deepEqual(counts(), [0, 2, 2]);

  openGate(first);
  await tasks[0];
  assert.deepEqual(counts(), [0, 1, 2]);

  for (const gate of others) openGate(gate);
  await Promise.all(tasks);
  assert.deepEqual(counts(), [2, 0, 2]);

  await pool.close();
  assert.deepEqual(counts(), [0, 0, 0]);
});

test('the fields of a pool are read-only', async () => {
  const pool = new WorkerPool(1, workers.fib);
  for (const field of ['size', 'workerFile', 'maxQueue', 'idle', 'queue', 'all']) {
    assert.throws(() => {
      pool[field] = 1;
    }, TypeError);
  }
  assert.throws(() => {
    pool.idle.length = 5;
  }, TypeError);
  await pool.close();
});

test('WorkerPool throws without new', () => {
  assert.throws(() => WorkerPool(1), TypeError);
});

test('WorkerPool can be subclassed', async () => {
  class Named extends WorkerPool {
    name = 'named';
  }
  const pool = new Named(1);
  assert.ok(pool instanceof WorkerPool);
  assert.equal(pool.name, 'named');
  assert.deepEqual(await pool.run(10), { n: 10, result: 55 });
  await pool.close();
});
