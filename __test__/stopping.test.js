'use strict';

// Native tasks whose workers do not look at their cancel token: the task is settled at once, and its worker is
// stopping until it has returned. Those of worker files are in stopping-files.test.js.

const { test } = require('node:test');
const assert = require('node:assert/strict');
const { setImmediate: turn } = require('node:timers/promises');
const { WorkerPool, freshGate, openGate, atGate } = require('./support/build-with-test-workers');
const { runProgram } = require('./support/child');

const DEAF = 'native:test-deaf';
const DEAF_PANIC = 'native:test-deaf-panic';

/** How busy the workers are, and what became of the tasks; the sum rule holds. */
function counts(pool) {
  const { idle, running, stopping, queued, submitted, completed, failed, aborted, timedOut } = pool.stats();
  assert.equal(submitted, completed + failed + aborted + timedOut + running + queued);
  assert.equal(pool.idle.length, idle);
  return { idle, running, stopping, queued };
}

/** A pool of deaf workers, one of which has reached a gate with a task that is aborted then. */
async function poolWithOneStopping(size, worker = DEAF, options = {}) {
  const pool = new WorkerPool(size, worker, options);
  const gate = freshGate();
  const controller = new AbortController();
  const task = pool.run(gate, { signal: controller.signal });
  await atGate(gate);
  controller.abort();
  await assert.rejects(task, { code: 'ABORT_ERR' });
  return { pool, gate };
}

/** A task that is done when a worker has it. */
function runAtOnce(pool) {
  const gate = freshGate();
  openGate(gate);
  return pool.run(gate);
}

async function untilIdle(pool, idle) {
  while (pool.idle.length < idle) await turn();
}

test('an abort settles the task at once, and the next task runs when the worker has returned', async () => {
  const { pool, gate } = await poolWithOneStopping(1);
  const next = runAtOnce(pool);
  assert.deepEqual(counts(pool), { idle: 0, running: 0, stopping: 1, queued: 1 });
  assert.equal(pool.stats().runTime.max, 0);
  openGate(gate);
  await next;
  assert.deepEqual(counts(pool), { idle: 1, running: 0, stopping: 0, queued: 0 });
  const { completed, aborted, runTime } = pool.stats();
  assert.deepEqual({ completed, aborted }, { completed: 1, aborted: 1 });
  assert.ok(runTime.max > 0);
  await pool.close();
});

test('a timeout settles the task on time although its worker does not stop', async () => {
  const pool = new WorkerPool(2, DEAF);
  const gate = freshGate();
  const task = pool.run(gate, { timeout: 5 });
  await assert.rejects(task, { code: 'ERR_POOL_TIMEOUT', message: 'Task ran for longer than 5 ms' });
  assert.deepEqual(counts(pool), { idle: 1, running: 0, stopping: 1, queued: 0 });
  await runAtOnce(pool);
  openGate(gate);
  await untilIdle(pool, 2);
  const { completed, timedOut } = pool.stats();
  assert.deepEqual({ completed, timedOut }, { completed: 1, timedOut: 1 });
  await pool.close();
});

test('a timeout applies while the event loop is blocked, although the worker does not stop', async () => {
  const pool = new WorkerPool(1, DEAF);
  const gate = freshGate();
  const task = pool.run(gate, { timeout: 1 });
  while (pool.stats().timedOut === 0);
  openGate(gate);
  await assert.rejects(task, { code: 'ERR_POOL_TIMEOUT' });
  await pool.close();
});

test('the return value of a stopping worker is discarded', async () => {
  const { pool, gate } = await poolWithOneStopping(2);
  const tasks = Array.from({ length: 20 }, () => runAtOnce(pool)); // the first has the place of the aborted one
  const mine = freshGate();
  const last = pool.run(mine);
  await Promise.all(tasks);
  openGate(gate);
  await untilIdle(pool, 1);
  openGate(mine);
  assert.equal(await last, mine);
  await pool.close();
});

test("a worker that panics while it is stopping emits 'crash' without failing a task", async () => {
  const { pool, gate } = await poolWithOneStopping(1, DEAF_PANIC);
  let error;
  pool.on('crash', (crash) => {
    error = crash;
  });
  openGate(gate);
  while (error === undefined) await turn(); // a stopping worker does not keep the process alive
  assert.equal(error.code, 'ERR_POOL_CRASH');
  assert.equal(error.message, 'panicked while it was stopping');
  await untilIdle(pool, 1);
  assert.deepEqual(counts(pool), { idle: 1, running: 0, stopping: 0, queued: 0 });
  const { crashes, aborted, failed } = pool.stats();
  assert.deepEqual({ crashes, aborted, failed }, { crashes: 1, aborted: 1, failed: 0 });
  await pool.close();
});

test('a graceful close waits for stopping workers', async () => {
  const { pool, gate } = await poolWithOneStopping(1);
  const queued = runAtOnce(pool);
  let isClosed = false;
  const closed = pool.close().then(() => {
    isClosed = true;
  });
  for (let i = 0; i < 10; i++) await turn();
  assert.deepEqual({ isClosed, ...counts(pool) }, { isClosed: false, idle: 0, running: 0, stopping: 1, queued: 1 });
  openGate(gate);
  await Promise.all([queued, closed]);
  assert.equal(pool.stats().stopping, 0);
});

test('a forced close settles running tasks at once', async () => {
  const pool = new WorkerPool(1, DEAF);
  const gate = freshGate();
  const task = pool.run(gate);
  await atGate(gate);
  const closed = pool.close({ force: true });
  await assert.rejects(task, { code: 'ERR_POOL_CLOSED' });
  assert.equal(pool.stats().stopping, 1);
  openGate(gate);
  await closed;
  const { aborted, stopping } = pool.stats();
  assert.deepEqual({ aborted, stopping }, { aborted: 1, stopping: 0 });
});

test('a stopping worker does not keep the process alive', async () => {
  const program = `
    const pool = new WorkerPool(1, '${DEAF}');
    const controller = new AbortController();
    const task = pool.run(0, { signal: controller.signal });
    setImmediate(function abort() {
      if (pool.stats().waitTime.max === 0) return setImmediate(abort); // no worker has taken it
      controller.abort();
      task.catch(({ code }) => console.log(code, pool.stats().stopping));
    });
  `;
  const { code, signal, stdout, stderr } = await runProgram(program, { testBuild: true });
  assert.deepEqual({ code, signal, stdout, stderr }, { code: 0, signal: null, stdout: 'ABORT_ERR 1\n', stderr: '' });
});

test("ready, map and 'drain' are notified when a worker has stopped", async () => {
  const { pool, gate } = await poolWithOneStopping(1, DEAF, { maxQueue: 0 });
  await assert.rejects(pool.run(gate), { code: 'ERR_POOL_QUEUE_FULL' });
  const told = [];
  const drained = new Promise((resolve) => pool.once('drain', resolve)).then(() => told.push('drain'));
  const ready = pool.ready().then(() => told.push('ready'));
  const mapped = pool.map([gate]).then(() => told.push('map'));
  for (let i = 0; i < 20; i++) await turn();
  assert.deepEqual(told, []);
  openGate(gate);
  await Promise.all([drained, ready, mapped]);
  await pool.close();
});

test('a caller that waits for room keeps the process alive while only a stopping worker is left', async () => {
  const program = (wait) => `
    (async () => {
      const pool = new WorkerPool(1, 'native:test-deaf', { maxQueue: 0 });
      const gate = freshGate();
      const task = pool.run(gate, { timeout: 1 }).catch(({ code }) => console.log(code));
      await task;
      setTimeout(openGate, 100, gate).unref(); // no reason for the process to stay
      ${wait};
      console.log('told');
    })();`;
  for (const wait of [
    'await pool.ready()',
    'await pool.map([gate])',
    'for await (const _ of pool.stream([gate]))',
    "await pool.run(gate).catch(() => {}); await new Promise((resolve) => pool.once('drain', resolve))",
  ]) {
    const { stdout, stderr, code } = await runProgram(program(wait), { testBuild: true });
    assert.deepEqual({ stdout, stderr, code }, { stdout: 'ERR_POOL_TIMEOUT\ntold\n', stderr: '', code: 0 }, wait);
  }
});
