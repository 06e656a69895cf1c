'use strict';

// concurrency: a thread of a worker file runs several tasks at a time.

const assert = require('node:assert/strict');
const path = require('node:path');
const { afterEach, test } = require('node:test');
const { WorkerPool } = require('../index');
const { until } = require('./support/until');

const FILE = path.join(__dirname, 'fixtures', 'concurrent.js');
const MESSAGES = path.join(__dirname, 'fixtures', 'workers', 'message', 'fib.js');

/** `gate[0]` opens it, `gate[1]` counts tasks that have begun, and `gate[2]` those that saw an abort. */
const freshGate = () => new Int32Array(new SharedArrayBuffer(12));

function open(gate) {
  Atomics.store(gate, 0, 1);
  Atomics.notify(gate, 0);
}

/** Resolves when this many tasks have begun. */
const begun = (gate, count) => until(() => Atomics.load(gate, 1) === count);

const pools = [];

function start(size, options) {
  const pool = new WorkerPool(size, FILE, options);
  pools.push(pool);
  return pool;
}

afterEach(() => Promise.all(pools.splice(0).map((pool) => pool.close({ force: true }))));

/** Resolves when all threads of a new pool have loaded the file. */
async function loaded(pool) {
  let ready = 0;
  pool.on('workerReady', () => ready++);
  await until(() => ready === pool.size);
}

/** Submits tasks that wait at a gate. */
const submit = (pool, gate, count, act = 'wait', options) =>
  Array.from({ length: count }, (_, label) => pool.run({ act, gate, label }, options));

const load = (pool) => {
  const { size, threads, idle, running, stopping, queued } = pool.stats();
  return { size, threads, idle, running, stopping, queued };
};

test('tasks that wait share a thread, up to the limit', async () => {
  const pool = start(1, { concurrency: 3 });
  assert.deepEqual(load(pool), { size: 1, threads: 1, idle: 3, running: 0, stopping: 0, queued: 0 });
  const gate = freshGate();
  const tasks = submit(pool, gate, 5);
  await begun(gate, 3);
  assert.deepEqual(load(pool), { size: 1, threads: 1, idle: 0, running: 3, stopping: 0, queued: 2 });
  assert.deepEqual([pool.idle.length, pool.queue.length, pool.all.size, pool.size], [0, 2, 1, 1]);
  open(gate);
  const results = await Promise.all(tasks);
  assert.deepEqual(
    results.map(({ label }) => label),
    [0, 1, 2, 3, 4],
  );
  assert.deepEqual([...new Set(results.map(({ workerId }) => workerId))], [1]);
});

test('a thread with fewer tasks gets the next one', async () => {
  const pool = start(3, { concurrency: 4 });
  await loaded(pool);
  const gate = freshGate();
  const tasks = submit(pool, gate, 6);
  await begun(gate, 6);
  open(gate);
  const workers = (await Promise.all(tasks)).map(({ workerId }) => workerId);
  assert.deepEqual(workers.sort(), [1, 1, 2, 2, 3, 3]);
});

test('maxQueue counts tasks beyond what the threads can run', async () => {
  const pool = start(1, { concurrency: 2, maxQueue: 1 });
  const gate = freshGate();
  const tasks = submit(pool, gate, 3);
  await assert.rejects(pool.run(), { code: 'ERR_POOL_QUEUE_FULL' });
  open(gate);
  await Promise.all(tasks);
});

test('map fills all threads', async () => {
  const pool = start(2, { concurrency: 40 });
  const gate = freshGate();
  const mapped = pool.map(Array(80).fill({ act: 'wait', gate }));
  await begun(gate, 80);
  open(gate);
  assert.equal((await mapped).length, 80);
});

test('an aborted task rejects at once, its signal aborts, and its neighbours go on', async () => {
  const pool = start(1, { concurrency: 3 });
  const [gate, aborted] = [freshGate(), freshGate()];
  const tasks = submit(pool, gate, 2);
  const controller = new AbortController();
  const stopped = pool.run({ act: 'untilAborted', gate: aborted }, { signal: controller.signal });
  await Promise.all([begun(gate, 2), begun(aborted, 1)]);
  controller.abort();
  await assert.rejects(stopped, { name: 'AbortError' });
  assert.equal(load(pool).running, 2);
  await until(() => Atomics.load(aborted, 2) === 1);
  await until(() => load(pool).stopping === 0);
  assert.equal(load(pool).idle, 1);
  const during = await pool.run();
  open(gate);
  const ids = (await Promise.all(tasks)).map(({ threadId }) => threadId);
  assert.deepEqual([...new Set([...ids, during.threadId])].length, 1, 'the thread was kept');
  assert.equal(pool.stats().crashes, 0);
});

test('a task that exceeds its timeout is stopped in the same way', async () => {
  const pool = start(1, { concurrency: 2 });
  const [gate, late] = [freshGate(), freshGate()];
  const [task] = submit(pool, gate, 1);
  await assert.rejects(pool.run({ act: 'untilAborted', gate: late }, { timeout: 1 }), { code: 'ERR_POOL_TIMEOUT' });
  await until(() => load(pool).stopping === 0);
  const { threadId } = await pool.run();
  open(gate);
  assert.equal((await task).threadId, threadId);
});

test('a thread whose task ignores the abort gets no other task, and is replaced when its other tasks have ended', async () => {
  const pool = start(1, { concurrency: 3, abortTimeout: 1 });
  const [gate, ignored] = [freshGate(), freshGate()];
  const tasks = submit(pool, gate, 1);
  const controller = new AbortController();
  const stopped = pool.run({ act: 'wait', gate: ignored }, { signal: controller.signal });
  await Promise.all([begun(gate, 1), begun(ignored, 1)]);
  controller.abort();
  await assert.rejects(stopped, { name: 'AbortError' });
  const later = pool.run();
  assert.deepEqual(load(pool), { size: 1, threads: 1, idle: 0, running: 2, stopping: 1, queued: 0 });
  open(gate);
  const [{ threadId }] = await Promise.all(tasks);
  assert.notEqual((await later).threadId, threadId);
  assert.deepEqual([pool.stats().crashes, load(pool).idle], [0, 3]);
});

test('a task that ends although its time was up reopens its thread', async () => {
  const pool = start(1, { concurrency: 2, abortTimeout: 0 });
  const [gate, slow] = [freshGate(), freshGate()];
  const [task] = submit(pool, gate, 1);
  const controller = new AbortController();
  const stopped = pool.run({ act: 'wait', gate: slow }, { signal: controller.signal });
  await Promise.all([begun(gate, 1), begun(slow, 1)]);
  controller.abort();
  await assert.rejects(stopped, { name: 'AbortError' });
  const waiting = pool.run();
  assert.deepEqual(load(pool), { size: 1, threads: 1, idle: 0, running: 1, stopping: 1, queued: 1 });
  open(slow);
  const { threadId } = await waiting;
  open(gate);
  assert.equal((await task).threadId, threadId);
});

test('a stopped task that runs alone loses its thread', async () => {
  const pool = start(1, { concurrency: 4, abortTimeout: 1 });
  const gate = freshGate();
  const { threadId } = await pool.run();
  await assert.rejects(pool.run({ act: 'block', gate }, { timeout: 1 }), { code: 'ERR_POOL_TIMEOUT' });
  assert.notEqual((await pool.run()).threadId, threadId);
});

test('an aborted task that its thread has not begun never runs', async () => {
  const pool = start(1, { concurrency: 3 });
  const [gate, never] = [freshGate(), freshGate()];
  const [blocking] = submit(pool, gate, 1, 'block');
  await begun(gate, 1);
  const controller = new AbortController();
  const stopped = pool.run({ act: 'wait', gate: never }, { signal: controller.signal });
  const after = pool.run({ label: 'after' });
  controller.abort();
  await assert.rejects(stopped, { name: 'AbortError' });
  await assert.rejects(pool.run({ act: 'wait', gate: never }, { timeout: 1 }), { code: 'ERR_POOL_TIMEOUT' });
  open(gate);
  await blocking;
  assert.equal((await after).label, 'after');
  assert.equal(Atomics.load(never, 1), 0);
});

test('a thread that dies fails the tasks that it runs; queued tasks run on its replacement', async () => {
  const pool = start(1, { concurrency: 3 });
  const crashes = [];
  pool.on('crash', (error) => crashes.push(error));
  const [gate, other] = [freshGate(), freshGate()];
  const [dying] = submit(pool, gate, 1, 'throwLater');
  const neighbours = submit(pool, other, 2);
  const queued = pool.run({ label: 'queued' });
  await Promise.all([begun(gate, 1), begun(other, 2)]);
  open(gate);
  const ends = await Promise.allSettled([dying, ...neighbours]);
  assert.deepEqual(
    ends.map(({ reason }) => [reason?.constructor, reason?.message]),
    Array(3).fill([RangeError, 'thrown later']),
  );
  assert.equal((await queued).label, 'queued');
  assert.deepEqual([crashes.length, pool.stats().crashes, pool.stats().failed], [1, 1, 3]);
});

test('tasks that a dying thread has not begun run elsewhere, with what was moved with them', async () => {
  const pool = start(1, { concurrency: 4 });
  const gate = freshGate();
  const [dying] = submit(pool, gate, 1, 'exit');
  await begun(gate, 1);
  const others = [8, 16].map((bytes) => {
    const buffer = new ArrayBuffer(bytes);
    return pool.run({ act: 'length', buffer }, { transfer: [buffer] });
  });
  const plain = pool.run({ label: 'plain' });
  open(gate);
  await assert.rejects(dying, { code: 'ERR_POOL_CRASH' });
  assert.deepEqual(
    (await Promise.all(others)).map(({ result }) => result),
    [8, 16],
  );
  assert.equal((await plain).label, 'plain');
});

test('tasks behind one that blocks its thread move to a thread that becomes idle', async () => {
  const pool = start(2, { concurrency: 2 });
  await loaded(pool);
  const [blocked, gate] = [freshGate(), freshGate()];
  const [blocking] = submit(pool, blocked, 1, 'block');
  const [waiting] = submit(pool, gate, 1);
  await Promise.all([begun(blocked, 1), begun(gate, 1)]);
  const others = [1, 2].map((label) => pool.run({ label }));
  open(gate);
  await Promise.all([waiting, ...others]);
  open(blocked);
  await blocking;
});

test('progress and names belong to their tasks', async () => {
  const pool = start(1, { concurrency: 2 });
  const gate = freshGate();
  const reports = ['a', 'b'].map(() => []);
  const tasks = ['a', 'b'].map((label, i) =>
    pool.run({ act: 'report', gate, label }, { onProgress: (value) => reports[i].push(value) }),
  );
  await begun(gate, 2);
  open(gate);
  await Promise.all(tasks);
  assert.deepEqual(reports, [
    ['a begins', 'a ends'],
    ['b begins', 'b ends'],
  ]);
  assert.equal(await pool.run(4, { name: 'double' }), 8);
  await assert.rejects(pool.run(4, { name: 'triple' }), { code: 'ERR_POOL_TASK_NOT_FOUND' });
});

test('a thread is replaced after exactly its number of tasks', async () => {
  const pool = start(1, { concurrency: 3, recycle: { tasks: 4 } });
  const ids = (await Promise.all(Array.from({ length: 12 }, () => pool.run()))).map(({ threadId }) => threadId);
  assert.deepEqual(
    [...new Set(ids)].map((id) => ids.filter((other) => other === id).length),
    [4, 4, 4],
  );
});

test('a thread with a large heap is replaced although it is never idle', async () => {
  const pool = start(1, { concurrency: 2, recycle: { memory: 30 * 2 ** 20 } });
  const gate = freshGate();
  const [waiting] = submit(pool, gate, 1);
  await begun(gate, 1);
  let isReady = false; // the successor
  pool.on('workerReady', () => {
    isReady = true;
  });
  const { threadId } = await pool.run({ act: 'keep', bytes: 40 * 2 ** 20 });
  // The thread measures its heap when it has answered, so the pool knows it when a later task has ended.
  await until(async () => {
    if (!isReady) await pool.run();
    return isReady;
  });
  const later = pool.run();
  open(gate);
  assert.equal((await waiting).threadId, threadId);
  assert.notEqual((await later).threadId, threadId);
});

test('an elastic pool fills its threads before it starts others', async () => {
  const pool = start(3, { concurrency: 2, minSize: 0, idleTimeout: 0 });
  assert.equal(pool.stats().threads, 0);
  const gate = freshGate();
  const tasks = submit(pool, gate, 2);
  await begun(gate, 2);
  assert.deepEqual(load(pool), { size: 3, threads: 1, idle: 4, running: 2, stopping: 0, queued: 0 });
  tasks.push(...submit(pool, gate, 3));
  await begun(gate, 5);
  assert.equal(pool.stats().threads, 3);
  open(gate);
  await Promise.all(tasks);
  await until(() => pool.stats().threads === 0);
});

test('after a reduction, threads above the size end even if others stay busy', async () => {
  const pool = start(3, { concurrency: 2 });
  await loaded(pool);
  const gates = Array.from({ length: 6 }, freshGate);
  const tasks = gates.map((gate) => pool.run({ act: 'wait', gate }));
  await Promise.all(gates.map((gate) => begun(gate, 1)));
  pool.resize(1);
  assert.equal(pool.stats().threads, 3);
  const last = freshGate();
  const queued = submit(pool, last, 2);
  gates.forEach(open);
  await Promise.all(tasks);
  await begun(last, 2);
  await until(() => pool.stats().threads === 1);
  open(last);
  await Promise.all(queued);
  assert.deepEqual(load(pool), { size: 1, threads: 1, idle: 2, running: 0, stopping: 0, queued: 0 });
});

test('a graceful close waits for all tasks, and a close with drop for the running ones', async () => {
  for (const [options, isKept] of [
    [{}, true],
    [{ drop: true }, false],
  ]) {
    const pool = start(1, { concurrency: 2 });
    const gate = freshGate();
    const tasks = submit(pool, gate, 3);
    await begun(gate, 2);
    const closed = pool.close(options);
    open(gate);
    const ends = (await Promise.allSettled(tasks)).map(({ status }) => status);
    assert.deepEqual(ends, ['fulfilled', 'fulfilled', isKept ? 'fulfilled' : 'rejected']);
    await closed;
  }
});

test('a forced close ends the threads', async () => {
  const pool = start(2, { concurrency: 2 });
  const gate = freshGate();
  const tasks = submit(pool, gate, 5);
  await begun(gate, 4);
  const closed = pool.close({ force: true });
  const codes = (await Promise.allSettled(tasks)).map(({ reason }) => reason?.code);
  await closed;
  assert.deepEqual(codes, Array(5).fill('ERR_POOL_CLOSED'));
});

test('a file that listens for messages is refused', async () => {
  const pool = new WorkerPool(1, MESSAGES, { concurrency: 2 });
  pool.on('crash', () => {});
  await assert.rejects(pool.run(1), { code: 'ERR_POOL_TASK_NOT_FOUND', message: /listens on parentPort/ });
  await pool.close();
});

test('the option is checked', () => {
  for (const concurrency of [0, 1.5, 1025, -1, Number.NaN]) {
    assert.throws(() => new WorkerPool(1, FILE, { concurrency }), {
      code: 'ERR_OUT_OF_RANGE',
      message: /options\.concurrency/,
    });
  }
  assert.throws(() => new WorkerPool(1, FILE, { concurrency: '2' }), { code: 'ERR_INVALID_ARG_TYPE' });
  assert.throws(() => new WorkerPool(1, 'native', { concurrency: 2 }), { message: /options\.concurrency/ });
});
