'use strict';

// `native:test-report` of the test build reports its progress as often as its data say, waits at a gate, and returns the
// number of reports.

const { test } = require('node:test');
const assert = require('node:assert/strict');
const { AsyncLocalStorage } = require('node:async_hooks');
const { WorkerPool, freshGate, openGate, atGate } = require('./support/build-with-test-workers');
const { scale } = require('./support/scale');
const { until } = require('./support/until');

const REPORT = 'native:test-report';

/** An open gate. */
function openedGate() {
  const gate = freshGate();
  openGate(gate);
  return gate;
}

test('all progress arrives before the outcome, and the last report is complete', async () => {
  const pool = new WorkerPool(2, REPORT);
  const gate = openedGate();
  const tasks = Array.from({ length: 200 }, async (_, i) => {
    const reports = [];
    let hasEnded = false;
    const onProgress = (progress) => {
      assert.equal(hasEnded, false);
      reports.push(progress);
    };
    assert.equal(await pool.run([i + 1, gate], { onProgress }), i + 1);
    hasEnded = true;
    return reports;
  });
  for (const [i, reports] of (await Promise.all(tasks)).entries()) {
    assert.deepEqual(reports[0], { done: 1, total: i + 1 });
    assert.deepEqual(reports.at(-1), { done: i + 1, total: i + 1 });
    for (let at = 1; at < reports.length; at++) assert.ok(reports[at].done > reports[at - 1].done);
  }
  await pool.close();
});

test('a hash reports the bytes of its data', async () => {
  const pool = new WorkerPool(1, 'native:hash');
  for (const length of [1, 128 * 1024, 128 * 1024 + 1, 5_000_000]) {
    const reports = [];
    await pool.run({ data: Buffer.alloc(length) }, { onProgress: (progress) => reports.push(progress) });
    assert.deepEqual(reports.at(-1), { done: length, total: length });
  }
  const reports = [];
  await pool.run({ file: __filename }, { onProgress: (progress) => reports.push(progress) });
  assert.equal(reports.at(-1).done, reports.at(-1).total);
  await pool.close();
});

test('a task that reports all the time is heard at most 100 times a second', async () => {
  const pool = new WorkerPool(1, REPORT);
  let heard = 0;
  const onProgress = () => {
    heard++;
  };
  const start = performance.now();
  await pool.run([scale(20_000_000, 2_000_000), openedGate()], { onProgress });
  const took = performance.now() - start;
  assert.ok(heard <= 2 + took / 10, `${heard} reports in ${took} ms`); // and the first and the last
  await pool.close();
});

test('a report arrives while the task still runs', async () => {
  const pool = new WorkerPool(1, REPORT);
  const gate = freshGate();
  const task = await new Promise((resolve) => {
    const running = pool.run([1, gate], { onProgress: () => resolve({ running }) });
  });
  assert.equal(pool.stats().running, 1);
  openGate(gate);
  assert.equal(await task.running, 1);
  await pool.close();
});

test('no report comes after an abort, and none of a task goes to another that has its slot', async () => {
  const pool = new WorkerPool(1, REPORT);
  for (let round = 0; round < scale(300, 50); round++) {
    const gate = freshGate();
    const controller = new AbortController();
    let isAborted = false;
    const onProgress = () => assert.equal(isAborted, false);
    const aborted = pool.run([1, gate], { signal: controller.signal, onProgress });
    while (pool.idle.length > 0);
    // Its report may be on its way by now.
    if (round % 2 === 0) await atGate(gate);
    controller.abort();
    isAborted = true;
    const reports = [];
    const next = pool.run([3, openedGate()], { onProgress: ({ total }) => reports.push(total) });
    await assert.rejects(aborted, { code: 'ABORT_ERR' });
    assert.equal(await next, 3);
    assert.ok(reports.length > 0 && reports.every((total) => total === 3), `${reports}`);
  }
  await pool.close();
});

test('a task without onProgress, and one that was refused, report to nobody', async () => {
  const pool = new WorkerPool(1, REPORT, { maxQueue: 0 });
  const gate = freshGate();
  const running = pool.run([5, gate]);
  const onProgress = () => assert.fail('reported');
  await assert.rejects(pool.run([5, gate], { onProgress }), { code: 'ERR_POOL_QUEUE_FULL' });
  openGate(gate);
  assert.equal(await running, 5);
  await pool.close();
});

test('a task may be aborted by its own progress', async () => {
  const pool = new WorkerPool(1, REPORT);
  const controller = new AbortController();
  const task = pool.run([1, freshGate()], { signal: controller.signal, onProgress: () => controller.abort('seen') });
  await assert.rejects(task, { code: 'ABORT_ERR', cause: 'seen' });
  assert.equal(await pool.run([0, openedGate()]), 0);
  await pool.close();
});

test('onProgress may call the pool, and runs in the async context of run', async () => {
  const storage = new AsyncLocalStorage();
  const pool = new WorkerPool(1, REPORT);
  const seen = [];
  const nested = [];
  const onProgress = () => {
    seen.push(storage.getStore());
    nested.push(pool.run([2, openedGate()]));
  };
  await storage.run('context', () => pool.run([1, openedGate()], { onProgress }));
  assert.deepEqual(seen, ['context']);
  assert.deepEqual(await Promise.all(nested), [2]);
  await pool.close();
});

test('what onProgress throws is an uncaught exception, and the task completes', async (t) => {
  const pool = new WorkerPool(1, REPORT);
  const caught = [];
  process.setUncaughtExceptionCaptureCallback((error) => caught.push(error.message));
  t.after(() => process.setUncaughtExceptionCaptureCallback(null));
  const onProgress = () => {
    throw new Error('of the listener');
  };
  const tasks = [pool.run([1, openedGate()], { onProgress }), pool.run([0, openedGate()])];
  assert.deepEqual(await Promise.all(tasks), [1, 0]);
  await until(() => caught.length > 0);
  assert.deepEqual(caught, ['of the listener']);
  await pool.close();
});

test('a native task that panics rejects alone, and its thread runs the next', async () => {
  const pool = new WorkerPool(1, 'native');
  const crashes = [];
  pool.on('crash', (error) => crashes.push(error));
  const report = (data) => pool.run(data, { name: 'test-report' });
  const [crashed, other] = await Promise.allSettled([report([-1, 0]), report([4, openedGate()])]);
  assert.equal(crashed.reason.code, 'ERR_POOL_CRASH');
  assert.equal(crashed.reason.message, 'a negative number of reports');
  assert.equal(other.value, 4);
  assert.deepEqual(crashes, [crashed.reason]);
  assert.equal(pool.stats().crashes, 1);
  await pool.close();
});
