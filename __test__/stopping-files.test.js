'use strict';

// A task of a worker file that is stopped settles at once. Its seat is busy until its thread is free or gone.

const { test } = require('node:test');
const assert = require('node:assert/strict');
const { once } = require('node:events');
const { setImmediate: turn } = require('node:timers/promises');
const { WorkerPool } = require('..');
const { fileOf } = require('./support/files');
const { stuckTask, unsupported } = require('./support/stuck');

/** Of the counts: how the seats are, and what became of the tasks. */
function countsOf(pool) {
  const { size, idle, running, stopping, queued, submitted, ...ends } = pool.stats();
  const { completed, failed, aborted, timedOut, crashes } = ends;
  assert.equal(idle + running + stopping, size);
  assert.equal(submitted, completed + failed + aborted + timedOut + queued + running);
  return { idle, running, stopping, queued, completed, failed, aborted, timedOut, crashes };
}

const NONE = {
  idle: 0,
  running: 0,
  stopping: 0,
  queued: 0,
  completed: 0,
  failed: 0,
  aborted: 0,
  timedOut: 0,
  crashes: 0,
};

test('an abort rejects at once even if the thread is stuck, and the next task runs on another thread', {
  skip: unsupported,
}, async (t) => {
  const { file, task, isStuck, release } = stuckTask(t);
  const pool = new WorkerPool(1, file);
  pool.on('crash', () => assert.fail('emitted'));
  const thread = await pool.run();
  const controller = new AbortController();
  const stopped = pool.run(task, { signal: controller.signal });
  await isStuck();
  assert.deepEqual(countsOf(pool), { ...NONE, running: 1, completed: 1 });
  controller.abort();
  assert.deepEqual(countsOf(pool), { ...NONE, stopping: 1, completed: 1, aborted: 1 });
  await assert.rejects(stopped, { code: 'ABORT_ERR' });
  const next = pool.run();
  await turn();
  assert.deepEqual(countsOf(pool), { ...NONE, stopping: 1, queued: 1, completed: 1, aborted: 1 });
  await release();
  assert.notEqual(await next, thread);
  assert.deepEqual(countsOf(pool), { ...NONE, idle: 1, completed: 2, aborted: 1 });
  await pool.close();
});

for (const abortTimeout of [0, 1]) {
  test(`a timeout rejects at once even if the thread is stuck (abortTimeout ${abortTimeout})`, {
    skip: unsupported,
  }, async (t) => {
    const { file, taskBefore, isStuck, release } = stuckTask(t);
    const pool = new WorkerPool(1, file, { abortTimeout });
    const thread = await pool.run(taskBefore);
    await isStuck();
    await assert.rejects(pool.run(undefined, { timeout: 5 }), { code: 'ERR_POOL_TIMEOUT' });
    assert.deepEqual(countsOf(pool), { ...NONE, stopping: 1, completed: 1, timedOut: 1 });
    await release();
    const next = await pool.run();
    // Within its millisecond, which may be late, a task may end by itself.
    if (abortTimeout === 0) assert.notEqual(next, thread);
    await pool.close();
  });
}

test('a graceful close waits for a thread that cannot be stopped', { skip: unsupported }, async (t) => {
  const { file, task, isStuck, release } = stuckTask(t);
  const pool = new WorkerPool(2, file);
  const controller = new AbortController();
  const stopped = pool.run(task, { signal: controller.signal });
  await isStuck();
  controller.abort();
  await assert.rejects(stopped, { code: 'ABORT_ERR' });
  const order = [];
  const closed = pool.close().then(() => order.push('closed'));
  for (let i = 0; i < 20; i++) await turn();
  order.push('released');
  await release();
  await closed;
  assert.deepEqual(order, ['released', 'closed']);
});

test('a forced close rejects the task of a stuck thread at once, and abandons the thread after 5 seconds', {
  skip: unsupported,
}, async (t) => {
  const { file, task, isStuck, release } = stuckTask(t);
  const pool = new WorkerPool(1, file);
  const stopped = pool.run(task);
  await isStuck();
  const order = [];
  const rejected = assert.rejects(stopped, { code: 'ERR_POOL_CLOSED' }).then(() => order.push('rejected'));
  await pool.close({ force: true });
  order.push('closed');
  await release();
  await rejected;
  assert.deepEqual(order, ['rejected', 'closed']);
  const { aborted, queued, running } = pool.stats();
  assert.deepEqual({ aborted, queued, running }, { aborted: 1, queued: 0, running: 0 });
});

test('the slot of a stopped task is reused while its thread stops', {
  skip: unsupported,
}, async (t) => {
  const { file, task, isStuck, release } = stuckTask(t);
  const pool = new WorkerPool(1, file);
  const controllers = [new AbortController(), new AbortController()];
  const first = pool.run(task, { signal: controllers[0].signal });
  await isStuck();
  controllers[0].abort();
  await assert.rejects(first, { code: 'ABORT_ERR' });
  const tasks = [pool.run(undefined, { signal: controllers[1].signal }), pool.run()];
  controllers[1].abort();
  await assert.rejects(tasks[0], { code: 'ABORT_ERR' });
  assert.deepEqual(countsOf(pool), { ...NONE, stopping: 1, queued: 1, aborted: 2 });
  await release();
  assert.equal(typeof (await tasks[1]), 'number');
  await pool.close();
});

/** Answers with its thread; otherwise waits for its signal, and then does as it is told. */
const OBLIGING = `
  const { threadId } = require('node:worker_threads');
  const { once } = require('node:events');
  module.exports = async (how, { signal, progress }) => {
    if (how === undefined) return threadId;
    progress('started');
    if (!signal.aborted) await once(signal, 'abort');
    progress('aborted');
    if (how === 'exit') process.exit(7);
    return 'a result nobody wants';
  };`;

/** Runs a task, aborts it once it has started, and resolves when it has rejected. */
async function abortStarted(pool, how, options) {
  const controller = new AbortController();
  const reports = [];
  const onProgress = (report) => {
    reports.push(report);
    controller.abort();
  };
  await assert.rejects(pool.run(how, { ...options, signal: controller.signal, onProgress }), { code: 'ABORT_ERR' });
  return reports;
}

test('an aborted task with an abortTimeout settles at once, and its later answer is discarded', async (t) => {
  const pool = new WorkerPool(1, fileOf(t, OBLIGING), { abortTimeout: 60_000 });
  pool.on('crash', () => assert.fail('emitted'));
  const thread = await pool.run();
  const reports = await abortStarted(pool, 'return');
  assert.deepEqual(countsOf(pool), { ...NONE, stopping: 1, completed: 1, aborted: 1 });
  assert.equal(await pool.run(), thread);
  assert.deepEqual(reports, ['started']);
  assert.deepEqual(countsOf(pool), { ...NONE, idle: 1, completed: 2, aborted: 1 });
  await pool.close();
});

test("a thread that crashes while it stops emits 'crash' although its task has settled", async (t) => {
  const pool = new WorkerPool(1, fileOf(t, OBLIGING), { abortTimeout: 60_000 });
  const thread = await pool.run();
  const crashed = once(pool, 'crash');
  await abortStarted(pool, 'exit');
  const next = pool.run();
  const [error] = await crashed;
  assert.equal(error.message, 'Worker exited with code 7');
  assert.notEqual(await next, thread);
  assert.deepEqual(countsOf(pool), { ...NONE, idle: 1, completed: 2, aborted: 1, crashes: 1 });
  await pool.close();
});

test('aborting a task before its thread has begun it keeps the thread', { skip: unsupported }, async (t) => {
  const { file, taskBefore, isStuck, release } = stuckTask(t);
  const pool = new WorkerPool(1, file);
  const thread = await pool.run(taskBefore);
  await isStuck();
  const controller = new AbortController();
  const stopped = pool.run(undefined, { signal: controller.signal });
  await turn();
  controller.abort();
  await assert.rejects(stopped, { code: 'ABORT_ERR' });
  const next = pool.run();
  while (pool.stats().stopping > 0) await turn();
  assert.deepEqual(countsOf(pool), { ...NONE, running: 1, completed: 1, aborted: 1 });
  await release();
  assert.equal(await next, thread);
  await pool.close();
});

test("ready and 'drain' are notified when a stopping thread has been replaced", { skip: unsupported }, async (t) => {
  const { file, task, isStuck, release } = stuckTask(t);
  const pool = new WorkerPool(1, file, { maxQueue: 0 });
  const controller = new AbortController();
  const stopped = pool.run(task, { signal: controller.signal });
  await isStuck();
  controller.abort();
  await assert.rejects(stopped, { code: 'ABORT_ERR' });
  const ready = pool.ready();
  const drained = once(pool, 'drain');
  await assert.rejects(pool.run(), { code: 'ERR_POOL_QUEUE_FULL' });
  await release();
  await ready;
  await pool.run();
  await drained;
  await pool.close();
});
