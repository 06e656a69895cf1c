'use strict';

// recycle: threads of a worker file are replaced after a number of tasks, or when they use much memory.

const assert = require('node:assert/strict');
const path = require('node:path');
const { test } = require('node:test');
const { setTimeout: sleep } = require('node:timers/promises');
const { WorkerPool } = require('../index');

const FILE = path.join(__dirname, 'fixtures', 'recycled.js');

for (const tasks of [1, 2, 3, 10]) {
  test(`a thread is replaced after exactly ${tasks} task(s), whether they are awaited or submitted at once`, async () => {
    const pool = new WorkerPool(1, FILE, { recycle: { tasks } });
    const ids = [];
    for (let i = 0; i < 3 * tasks; i++) ids.push(await pool.run());
    ids.push(...(await Promise.all(Array.from({ length: 3 * tasks }, () => pool.run()))));
    const runs = lengthsOfRuns(ids);
    assert.deepEqual(runs, Array(6).fill(tasks), `${ids}`);
    const { completed, crashes, threads, size } = pool.stats();
    assert.deepEqual([completed, crashes, threads, size], [6 * tasks, 0, 1, 1]);
    await pool.close();
  });
}

test('failed tasks count', async () => {
  const pool = new WorkerPool(1, FILE, { recycle: { tasks: 2 } });
  const ids = [];
  for (let i = 0; i < 4; i++) {
    const error = await pool.run({ act: 'fail' }).catch((reason) => reason);
    ids.push(error.message);
  }
  assert.deepEqual(lengthsOfRuns(ids), [2, 2]);
  await pool.close();
});

test('no task is lost, and each thread has its number of tasks, with several threads', async () => {
  const pool = new WorkerPool(3, FILE, { recycle: { tasks: 4 } });
  const ids = await pool.map(Array.from({ length: 200 }, (_, i) => (i % 3 === 0 ? { ms: 1 } : {})));
  const counts = new Map();
  for (const id of ids) counts.set(id, (counts.get(id) ?? 0) + 1);
  assert.ok([...counts.values()].every((count) => count <= 4));
  assert.ok(counts.size >= 50);
  assert.equal(pool.stats().crashes, 0);
  await pool.close();
});

test('the successor is loaded while the old thread runs its last task', async () => {
  const [loads, isOver] = [0, 1].map(() => new Int32Array(new SharedArrayBuffer(4)));
  const pool = new WorkerPool(1, FILE, { recycle: { tasks: 1 }, workerOptions: { workerData: loads } });
  const first = pool.run({ act: 'wait', isOver });
  while (Atomics.load(loads, 0) < 2) await sleep(1);
  assert.equal(pool.stats().completed, 0);
  Atomics.store(isOver, 0, 1);
  assert.notEqual(await first, await pool.run());
  await pool.close();
});

test('a thread with a large heap is replaced, and runs tasks until its successor has loaded', async () => {
  const pool = new WorkerPool(1, FILE, { recycle: { memory: 30 * 2 ** 20 } });
  const first = await pool.run();
  for (let i = 0; i < 10; i++) assert.equal(await pool.run(), first, 'a small heap');
  assert.equal(await pool.run({ act: 'keep', bytes: 40 * 2 ** 20 }), first);
  let id;
  do id = await pool.run({ ms: 1 });
  while (id === first);
  for (let i = 0; i < 10; i++) assert.equal(await pool.run(), id, 'a small heap again');
  assert.equal(pool.stats().crashes, 0);
  await pool.close();
});

test('an idle thread with a large heap is replaced, too', async () => {
  const pool = new WorkerPool(1, FILE, { recycle: { memory: 30 * 2 ** 20 } });
  const first = await pool.run({ act: 'keep', bytes: 40 * 2 ** 20 });
  let id;
  do {
    await sleep(10);
    id = await pool.run();
  } while (id === first);
  await pool.close();
});

test('a thread gets one successor, although a task is aborted while that is being started', async () => {
  const gate = new Int32Array(new SharedArrayBuffer(8));
  const controller = new AbortController();
  let act = () => {};
  // Each thread clones the data, which calls the getter.
  const workerData = {
    get field() {
      act();
      return 1;
    },
  };
  const pool = new WorkerPool(1, FILE, { concurrency: 4, recycle: { memory: 1 }, workerOptions: { workerData } });
  let alive = 0;
  pool.on('workerCreate', () => alive++);
  pool.on('workerExit', () => alive--);
  await pool.ready();
  act = () => {
    act = () => {};
    controller.abort();
  };
  const first = pool.run();
  const blocking = pool.run({ act: 'block', gate });
  const unbegun = [controller.signal, undefined].map((signal) => pool.run({}, { signal }));
  const aborted = assert.rejects(unbegun[0], { code: 'ABORT_ERR' });
  Atomics.wait(gate, 0, 0);
  await first;
  await aborted;
  Atomics.store(gate, 1, 1);
  Atomics.notify(gate, 1);
  await Promise.all([blocking, unbegun[1]]);
  await pool.close();
  assert.equal(alive, 0);
});

test('a thread that dies is replaced, and counts anew', async () => {
  const pool = new WorkerPool(1, FILE, { recycle: { tasks: 3 } });
  pool.on('crash', () => {});
  await pool.run();
  await pool.run();
  await assert.rejects(pool.run({ act: 'exit' }), { code: 'ERR_POOL_CRASH' });
  const ids = [];
  for (let i = 0; i < 6; i++) ids.push(await pool.run());
  assert.deepEqual(lengthsOfRuns(ids), [3, 3]);
  assert.equal(pool.stats().crashes, 1);
  await pool.close();
});

test('a pool closes while threads are being replaced', async () => {
  for (const options of [undefined, { force: true }]) {
    const pool = new WorkerPool(2, FILE, { recycle: { tasks: 1 } });
    const tasks = Array.from({ length: 10 }, () => pool.run().catch(({ code }) => code));
    await tasks[0];
    await pool.close(options);
    const results = await Promise.all(tasks);
    assert.ok(results.every((result) => typeof result === 'number' || (options && result === 'ERR_POOL_CLOSED')));
    assert.equal(pool.stats().crashes, 0);
  }
});

test('recycle and idle ends work together', async () => {
  const pool = new WorkerPool(2, FILE, { minSize: 0, idleTimeout: 1, recycle: { tasks: 2 } });
  for (let round = 0; round < 5; round++) {
    await Promise.all(Array.from({ length: 7 }, () => pool.run()));
    while (pool.stats().threads > 0) await sleep(1);
  }
  assert.deepEqual([pool.stats().completed, pool.stats().crashes], [35, 0]);
  await pool.close();
});

test('invalid values are refused, and native pools refuse the option', () => {
  for (const [recycle, code] of [
    [{ tasks: 0 }, 'ERR_OUT_OF_RANGE'],
    [{ tasks: 1.5 }, 'ERR_OUT_OF_RANGE'],
    [{ tasks: '1' }, 'ERR_INVALID_ARG_TYPE'],
    [{ memory: 0 }, 'ERR_OUT_OF_RANGE'],
    [{ memory: '1' }, 'ERR_INVALID_ARG_TYPE'],
    [{ task: 1 }, 'ERR_INVALID_ARG_VALUE'],
    [1, 'ERR_INVALID_ARG_TYPE'],
  ]) {
    assert.throws(() => new WorkerPool(1, FILE, { recycle }), { code, message: /recycle/ });
  }
  for (const worker of [undefined, 'native', 'native:hash']) {
    assert.throws(() => new WorkerPool(1, worker, { recycle: { tasks: 1 } }), {
      code: 'ERR_INVALID_ARG_VALUE',
      message: /recycle/,
    });
  }
});

/** The lengths of the runs of equal values. */
function lengthsOfRuns(values) {
  const lengths = [];
  for (const [i, value] of values.entries()) {
    if (i > 0 && value === values[i - 1]) lengths[lengths.length - 1]++;
    else lengths.push(1);
  }
  return lengths;
}
