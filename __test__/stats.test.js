'use strict';

const { test } = require('node:test');
const assert = require('node:assert/strict');
const { setImmediate: turn } = require('node:timers/promises');
const { WorkerPool, freshGate, openGate, atGate, workers } = require('./support/kinds');

function blockFor(milliseconds) {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}

const NO_TIMES = { count: 0, min: 0, mean: 0, stddev: 0, p50: 0, p90: 0, p99: 0, p999: 0, max: 0 };

function assertSum(stats) {
  const { submitted, completed, failed, aborted, timedOut, queued, running } = stats;
  assert.equal(submitted, completed + failed + aborted + timedOut + queued + running, JSON.stringify(stats));
}

test('the counts of a new pool are zero', async () => {
  const pool = new WorkerPool(3, workers.fib);
  const { utilization, threads, ...stats } = pool.stats();
  assert.ok(threads === 1 || threads === 3, 'native threads are started when tasks need them');
  assert.deepEqual(stats, {
    size: 3,
    idle: 3,
    running: 0,
    stopping: 0,
    queued: 0,
    queuedBytes: 0,
    submitted: 0,
    completed: 0,
    failed: 0,
    aborted: 0,
    timedOut: 0,
    refused: 0,
    crashes: 0,
    waitTime: NO_TIMES,
    runTime: NO_TIMES,
  });
  assert.equal(utilization, 0);
  await pool.close();
});

test('reset starts the times anew, and the counts go on', async () => {
  const pool = new WorkerPool(2, workers.fib);
  await Promise.all([1, 2, 3].map((n) => pool.run(n)));
  const first = pool.stats({ reset: true });
  for (const { min, mean, stddev, p50, p99, p999, max } of [first.waitTime, first.runTime]) {
    assert.ok(min >= 0 && max > 0 && min <= mean && mean <= max && p50 <= p99 && p99 <= p999 && p999 <= max);
    assert.ok(stddev >= 0 && stddev <= max);
  }
  const { waitTime, runTime, completed, utilization } = pool.stats();
  assert.deepEqual([waitTime, runTime, completed], [NO_TIMES, NO_TIMES, 3]);
  assert.ok(utilization > 0, 'the runs before the reset count');
  await pool.run(1);
  assert.ok(pool.stats({ reset: false }).runTime.max > 0);
  assert.ok(pool.stats(null).runTime.max > 0);
  assert.throws(() => pool.stats({ reset: 1 }), { code: 'ERR_INVALID_ARG_TYPE', message: /options\.reset/ });
  assert.throws(() => pool.stats({ rest: true }), { code: 'ERR_INVALID_ARG_VALUE' });
  await pool.close();
});

test('buckets count the durations up to each bound', async () => {
  const pool = new WorkerPool(1, workers.gate);
  const [gate, open] = [freshGate(), freshGate()];
  openGate(open);
  const first = pool.run(gate);
  await atGate(gate);
  const waiting = [pool.run(open), pool.run(open)];
  blockFor(30);
  openGate(gate);
  await Promise.all([first, ...waiting]);
  const { waitTime, runTime } = pool.stats({ buckets: [0, 29, Infinity] });
  assert.deepEqual([waitTime.count, runTime.count], [3, 3]);
  assert.equal(runTime.buckets[1], 2, 'all but the first');
  for (const { buckets } of [waitTime, runTime]) {
    assert.equal(buckets[2], 3);
    assert.ok(buckets[0] <= buckets[1]);
  }
  const none = pool.stats({ buckets: [1], reset: true }).waitTime.buckets;
  assert.equal(none.length, 1);
  assert.deepEqual(pool.stats({ buckets: [1, Infinity] }).waitTime, { ...NO_TIMES, buckets: [0, 0] });
  assert.equal(pool.stats().waitTime.buckets, undefined);
  for (const buckets of [[-1], ['1'], [Number.NaN], Array(1025).fill(1)]) {
    assert.throws(() => pool.stats({ buckets }), { code: 'ERR_OUT_OF_RANGE', message: /options\.buckets/ });
  }
  assert.throws(() => pool.stats({ buckets: 1 }), { code: 'ERR_INVALID_ARG_TYPE' });
  await pool.close();
});

test('workers tell what each has done', async () => {
  const pool = new WorkerPool(2, workers.gate);
  const gates = [freshGate(), freshGate()];
  const tasks = gates.map((gate) => pool.run(gate));
  await Promise.all(gates.map(atGate));
  const during = pool.stats({ workers: true }).workers;
  assert.deepEqual(
    during.map(({ workerId, running, stopping, ended }) => [workerId, running, stopping, ended]),
    [
      [1, 1, 0, 0],
      [2, 1, 0, 0],
    ],
  );
  for (const gate of gates) openGate(gate);
  await Promise.all(tasks);
  const open = freshGate();
  openGate(open);
  for (let i = 0; i < 10; i++) await pool.run(open);
  pool.resize(3);
  const after = pool.stats({ workers: true });
  assert.equal(
    after.workers.reduce((sum, { ended }) => sum + ended, 0),
    12,
  );
  for (const [i, { threadId, running, busyTime }] of after.workers.entries()) {
    assert.equal(running, 0);
    assert.equal(typeof threadId, workers.gate.startsWith('native:') ? 'undefined' : 'number');
    if (i < 2) assert.ok(busyTime > 0);
  }
  assert.equal('workers' in pool.stats(), false);
  await pool.close();
  assert.deepEqual(pool.stats({ workers: true }).workers, []);
});

test('each task is counted by its outcome', async () => {
  const pool = new WorkerPool(1, workers.panic, { maxQueue: 10 });
  await Promise.all([7, 8, 9].map((input) => pool.run(input)));
  await pool.run(1).catch(() => {});
  await pool.run(7, { timeout: 0 }).catch(() => {});
  await pool.run(7, { signal: AbortSignal.abort() }).catch(() => {});
  await pool.run(7, { priority: 'x' }).catch(() => {});
  await pool.close();
  await pool.run(7).catch(() => {});
  const { submitted, completed, failed, aborted, timedOut, refused, crashes } = pool.stats();
  assert.deepEqual(
    { submitted, completed, failed, aborted, timedOut, refused, crashes },
    { submitted: 5, completed: 3, failed: 1, aborted: 0, timedOut: 1, refused: 1, crashes: 1 },
  );
});

test('a task with bad data counts as failed', async () => {
  const pool = new WorkerPool(1, workers.fib);
  await Promise.allSettled([pool.run('bad'), pool.run(99)]);
  const { submitted, failed } = pool.stats();
  assert.deepEqual({ submitted, failed }, { submitted: 2, failed: 2 });
  await pool.close();
});

test('running and queued tasks are counted exactly', async () => {
  const pool = new WorkerPool(2, workers.gate, { maxQueue: 1 });
  const gates = Array.from({ length: 3 }, freshGate);
  const tasks = gates.map((gate) => pool.run(gate));
  await pool.run(freshGate()).catch(() => {});
  const { idle, running, queued, refused } = pool.stats();
  assert.deepEqual({ idle, running, queued, refused }, { idle: 0, running: 2, queued: 1, refused: 1 });
  for (const gate of gates) openGate(gate);
  await Promise.all(tasks);
  await pool.close();
  assert.deepEqual([pool.stats().idle, pool.stats().size], [0, 2], 'the workers are gone');
});

// The lower bounds below are certain, since the tasks are held for so long; how much longer they take is
// the machine's business.
for (const maxQueue of [Infinity, 100]) {
  test(`waitTime counts from the call of run, runTime from the start (maxQueue ${maxQueue})`, async () => {
    const pool = new WorkerPool(1, workers.gate, { maxQueue });
    const [gate, open] = [freshGate(), freshGate()];
    openGate(open);
    const first = pool.run(gate);
    await atGate(gate);
    const waiting = [pool.run(open), pool.run(open), pool.run(open)];
    blockFor(30);
    openGate(gate);
    await Promise.all([first, ...waiting]);
    const { waitTime, runTime } = pool.stats();
    assert.ok(runTime.max >= 29, JSON.stringify(runTime));
    assert.ok(waitTime.max >= 29, JSON.stringify(waitTime));
    assert.ok(waitTime.p90 >= 29, JSON.stringify(waitTime));
    for (const { mean, p50, p90, p99, max } of [waitTime, runTime]) {
      assert.ok(p50 <= p90 && p90 <= p99 && p99 <= max && mean <= max);
    }
    await pool.close();
  });
}

test('waitTime of a long burst counts from about the submission of each task', async () => {
  const pool = new WorkerPool(1, workers.gate);
  const [gate, open] = [freshGate(), freshGate()];
  const first = pool.run(gate);
  await atGate(gate);
  openGate(open);
  const tasks = Array.from({ length: 300 }, () => pool.run(open));
  await null; // the end of this code, and with it of the burst
  blockFor(30);
  openGate(gate);
  await Promise.all([first, ...tasks]);
  assert.ok(pool.stats().waitTime.p50 >= 29, JSON.stringify(pool.stats().waitTime));
  await pool.close();
});

test('utilization is the share of time that workers were busy, and is constant after close', async () => {
  const pool = new WorkerPool(2, workers.gate);
  const gate = freshGate();
  const task = pool.run(gate);
  await atGate(gate);
  // A thread that has loaded its file begins before the event loop of the pool is told.
  while (pool.stats().utilization === 0) await turn();
  const before = pool.stats().utilization;
  blockFor(50);
  const during = pool.stats().utilization;
  assert.ok(during > before && during <= 0.5, `${before} ${during}: one of two workers`);
  openGate(gate);
  await task;
  await pool.close();
  const { utilization } = pool.stats();
  blockFor(5);
  assert.equal(pool.stats().utilization, utilization);
});

test('the counts of stats() add up at every moment', async () => {
  const pool = new WorkerPool(2, workers.panic, { maxQueue: 20 });
  const tasks = [];
  const controllers = [];
  for (let i = 0; i < 2000; i++) {
    const controller = new AbortController();
    controllers.push(controller);
    const options = [undefined, { signal: controller.signal }, { timeout: 0 }, { queueTimeout: 0 }][i % 4];
    tasks.push(pool.run(i % 7 ? 10 : 1, options).catch(() => {}));
    controllers[(i * 31) % controllers.length].abort();
    assertSum(pool.stats());
    if (i % 100 === 0) await tasks[i];
  }
  const closed = pool.close({ force: true });
  assertSum(pool.stats());
  await Promise.all([...tasks, closed]);
  assertSum(pool.stats());
  assert.equal(pool.stats().running, 0);
});
