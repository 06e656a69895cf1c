'use strict';

const { test } = require('node:test');
const assert = require('node:assert/strict');
const { WorkerPool, freshGate, openGate, workers } = require('./support/kinds');
const { scale } = require('./support/scale');
const threads = require('./support/threads');

const givenUp = { name: 'Error', code: 'ERR_POOL_CLOSED', message: 'Pool is closing: the task was given up' };

test('a forced close rejects queued and running tasks, and resolves when the threads are gone', async () => {
  const pool = new WorkerPool(2, workers.fib);
  const tasks = Array.from({ length: 10 }, () => assert.rejects(pool.run(78), givenUp));
  await Promise.all([...tasks, pool.close({ force: true })]);
  if (!threads.unsupported) assert.equal(threads.nativeThreads(), 0);
  const { submitted, aborted, queued, running } = pool.stats();
  assert.deepEqual({ submitted, aborted, queued, running }, { submitted: 10, aborted: 10, queued: 0, running: 0 });
  assert.deepEqual([pool.idle.length, pool.all.size], [0, 0]);
  await assert.rejects(pool.run(1), { code: 'ERR_POOL_CLOSED', message: 'Pool is closing' });
});

test('a graceful close can be forced later; every call has the same outcome', async () => {
  const pool = new WorkerPool(1, workers.fib);
  const task = assert.rejects(pool.run(78), givenUp);
  const closed = pool.close();
  assert.equal(pool.close({ force: true }), closed);
  assert.equal(pool.close({ timeout: 5 }), closed);
  await Promise.all([task, closed]);
  assert.equal(pool.close({ force: true }), closed);
  assert.equal(pool.close(), closed);
});

test('a close with a timeout is graceful until the timeout', async () => {
  const pool = new WorkerPool(1, workers.gate);
  const gates = [freshGate(), freshGate()];
  const tasks = gates.map((gate) => pool.run(gate));
  const closed = pool.close({ timeout: 1e9 });
  for (const gate of gates) openGate(gate);
  assert.deepEqual(await Promise.all(tasks), gates);
  await closed;
});

test('a close with a timeout is forced after the timeout', async () => {
  const pool = new WorkerPool(1, workers.fib);
  const tasks = Array.from({ length: 3 }, () => assert.rejects(pool.run(78), givenUp));
  await Promise.all([...tasks, pool.close({ timeout: 10 })]);
});

test('the shortest timeout of several calls of close applies', async () => {
  const pool = new WorkerPool(1, workers.fib);
  const task = assert.rejects(pool.run(78), givenUp);
  const closed = pool.close({ timeout: 1e9 });
  pool.close({ timeout: 5 });
  pool.close({ timeout: 1e6 });
  await Promise.all([task, closed]);
});

test('a close with bad options rejects and does not close the pool', async () => {
  const pool = new WorkerPool(1, workers.fib);
  await assert.rejects(pool.close({ force: 1 }), { code: 'ERR_INVALID_ARG_TYPE' });
  assert.deepEqual(await pool.run(10), { n: 10, result: 55 });
  await pool.close();
});

test('a forced close of an idle or unused pool resolves', async () => {
  const used = new WorkerPool(2, workers.fib);
  await used.run(10);
  await used.close({ force: true });
  await new WorkerPool(2, workers.fib).close({ force: true });
});

test('a task that is aborted or crashes during a forced close settles once', async () => {
  for (let round = 0; round < scale(50, 6); round++) {
    const pool = new WorkerPool(2, workers.panic);
    const controller = new AbortController();
    const { signal } = controller;
    const tasks = Array.from({ length: 40 }, (_, i) => pool.run(i % 5, i % 3 ? { signal } : undefined));
    if (round % 2) controller.abort();
    const closed = pool.close({ force: true });
    controller.abort();
    await Promise.allSettled(tasks);
    await closed;
    const { submitted, completed, failed, aborted } = pool.stats();
    assert.equal(submitted, completed + failed + aborted);
  }
});

test('await using closes the pool', async () => {
  const pool = new WorkerPool(1, workers.gate);
  const gate = freshGate();
  const task = pool.run(gate);
  openGate(gate);
  await pool[Symbol.asyncDispose]();
  assert.equal(await task, gate);
  assert.equal(pool.all.size, 0);
});

test('a pool dropped during a long close ends with its tasks', async () => {
  const pool = new WorkerPool(1, workers.gate);
  const gate = freshGate();
  const task = pool.run(gate);
  const closed = pool.close({ timeout: 2 ** 40 });
  openGate(gate);
  await Promise.all([task, closed]);
});
