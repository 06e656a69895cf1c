'use strict';

// A task that ended within its time limits has its result, even if the event loop was blocked and receives that result
// after the limit.

const { test } = require('node:test');
const assert = require('node:assert/strict');
const { setTimeout: sleep } = require('node:timers/promises');
const { WorkerPool } = require('..');
const { fileOf } = require('./support/files');

/** Sets the flag, in shared memory, when its answer has been posted. */
const FUNCTION = `
  const { threadId } = require('node:worker_threads');
  const { once } = require('node:events');
  module.exports = async ({ flag, progress = 0, untilAborted }, context) => {
    if (flag === undefined) return threadId;
    if (untilAborted) {
      Atomics.store(flag, 1, 1);
      await once(context.signal, 'abort');
    }
    for (let i = 0; i < progress; i++) context.progress(i);
    setImmediate(() => setImmediate(done, flag)); // the answer is on its way then
    return threadId;
  };`;
const MESSAGE = `
  const { parentPort, threadId } = require('node:worker_threads');
  parentPort.on('message', ({ flag }) => {
    parentPort.postMessage(threadId);
    if (flag !== undefined) done(flag);
  });`;
const DONE = 'function done(flag) { Atomics.store(flag, 0, 1); Atomics.notify(flag, 0); }';

const newFlag = () => new Int32Array(new SharedArrayBuffer(8));

/** Blocks the event loop until the flag is set, and then for `milliseconds` more. */
function block(flag, milliseconds) {
  Atomics.wait(flag, 0, 0);
  Atomics.wait(flag, 0, 1, milliseconds);
}

for (const [style, source] of Object.entries({ function: FUNCTION, message: MESSAGE })) {
  test(`a task that ends in time does not time out while the event loop is blocked (${style} style)`, async (t) => {
    const pool = new WorkerPool(1, fileOf(t, `${DONE} ${source}`));
    const thread = await pool.run({});
    // What the event loop comes to first, the timer or the answer, depends on what it did before.
    for (const pause of [0, 1, 200]) {
      await sleep(pause);
      const flag = newFlag();
      const task = pool.run({ flag }, { timeout: 100 });
      block(flag, 200);
      assert.equal(await task, thread);
    }
    const { completed, timedOut } = pool.stats();
    assert.deepEqual({ completed, timedOut }, { completed: 4, timedOut: 0 });
    await pool.close();
  });
}

test('progress of a task that ends while the event loop is blocked is not lost', async (t) => {
  const pool = new WorkerPool(1, fileOf(t, `${DONE} ${FUNCTION}`));
  await pool.run({});
  await sleep(200); // so that the timer comes first
  const flag = newFlag();
  const reported = [];
  const task = pool.run({ flag, progress: 500 }, { timeout: 1000, onProgress: (value) => reported.push(value) });
  block(flag, 1500);
  await task;
  assert.equal(reported.length, 500);
  await pool.close();
});

test('abort() notifies the thread at once, even if the event loop is then blocked', async (t) => {
  const counting = 'module.exports = (counts) => { for (;;) Atomics.add(counts, 0, 1); };';
  const pool = new WorkerPool(1, fileOf(t, counting));
  const counts = newFlag();
  const controller = new AbortController();
  const task = pool.run(counts, { signal: controller.signal });
  const rejected = assert.rejects(task, { code: 'ABORT_ERR' });
  while (Atomics.load(counts, 0) === 0) await new Promise(setImmediate);
  controller.abort();
  let before;
  for (let look = 0; look < 100 && before !== Atomics.load(counts, 0); look++) {
    before = Atomics.load(counts, 0);
    Atomics.wait(counts, 1, 0, 50);
  }
  assert.equal(Atomics.load(counts, 0), before, 'it counts on');
  await rejected;
  await pool.close();
});

test('a task that ends within abortTimeout while the event loop is blocked keeps its thread', async (t) => {
  const pool = new WorkerPool(1, fileOf(t, `${DONE} ${FUNCTION}`), { abortTimeout: 100 });
  const thread = await pool.run({});
  const flag = newFlag();
  const controller = new AbortController();
  const task = pool.run({ flag, untilAborted: true }, { signal: controller.signal });
  const rejected = assert.rejects(task, { code: 'ABORT_ERR' });
  while (Atomics.load(flag, 1) === 0) await new Promise(setImmediate);
  controller.abort();
  block(flag, 200);
  await rejected;
  assert.equal(await pool.run({}), thread);
  await pool.close();
});

test('a task that ends before a forced close has its result, even if the event loop was blocked', async (t) => {
  const pool = new WorkerPool(1, fileOf(t, `${DONE} ${FUNCTION}`));
  const thread = await pool.run({});
  const flag = newFlag();
  const task = pool.run({ flag });
  const waiting = newFlag();
  const next = assert.rejects(pool.run({ flag: waiting }, { priority: 0, timeout: 1e6 }), { code: 'ERR_POOL_CLOSED' });
  block(flag, 1);
  const closed = pool.close({ force: true });
  assert.equal(await task, thread);
  await next;
  await closed;
  assert.equal(waiting[0], 0, 'it was not begun');
});

test('a task that reports progress forever can be stopped', async (t) => {
  const pool = new WorkerPool(1, fileOf(t, 'module.exports = (_, { progress }) => { for (;;) progress(1); };'));
  await assert.rejects(pool.run(1, { timeout: 50 }), { code: 'ERR_POOL_TIMEOUT' });
  await pool.close({ force: true });
});
