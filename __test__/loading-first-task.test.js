'use strict';

// A thread that loads its worker file may be given its first task: it begins that as soon as it can, whatever the event
// loop of the pool does then.

const { test } = require('node:test');
const assert = require('node:assert/strict');
const { once } = require('node:events');
const { setImmediate: turn } = require('node:timers/promises');
const { WorkerPool } = require('..');
const { directoryOf, fileOf } = require('./support/files');

// In memory that the threads see: how many have come to load the file, how many may, which tasks have begun, in order.
const LOADING = 0;
const ALLOWED = 1;
const BEGUN = 2;
const ORDER = 3;

/** Far longer than a thread takes to start. */
const STUCK_AFTER_MS = 60_000;

class Memory {
  numbers = new Int32Array(new SharedArrayBuffer(4 * 1000));

  /** Blocks this thread until the number at `index` is at least that. */
  waitFor(index, least) {
    const end = performance.now() + STUCK_AFTER_MS;
    for (let value = 0; performance.now() < end; Atomics.wait(this.numbers, index, value, 1000)) {
      value = Atomics.load(this.numbers, index);
      if (value >= least) return;
    }
    assert.fail(`${Atomics.load(this.numbers, index)} of ${least}`);
  }

  /** Lets so many threads go on to load the file. */
  allow(count) {
    Atomics.store(this.numbers, ALLOWED, count);
    Atomics.notify(this.numbers, ALLOWED);
  }

  get order() {
    return [...this.numbers.subarray(ORDER, ORDER + Atomics.load(this.numbers, BEGUN))];
  }
}

/** Notes which tasks begin. `load` is the source of what it does first, `act` of what a task does. */
const sourceOf = (load, act = '') => `
  const { workerData: numbers, threadId } = require('node:worker_threads');
  const add = (index) => {
    const before = Atomics.add(numbers, index, 1);
    Atomics.notify(numbers, index);
    return before;
  };
  const waitFor = (index, least) => {
    for (let value; (value = Atomics.load(numbers, index)) < least;) Atomics.wait(numbers, index, value);
  };
  ${load}
  module.exports = ({ id }) => {
    Atomics.store(numbers, ${ORDER} + Atomics.load(numbers, ${BEGUN}), id);
    add(${BEGUN});
    ${act}
    return id;
  };`;

/** The threads load one after the other, as they are allowed to. */
const GATED = `waitFor(${ALLOWED}, 1 + add(${LOADING}));`;

function poolOf(t, source, { size = 1, ...options } = {}) {
  const memory = new Memory();
  const pool = new WorkerPool(size, fileOf(t, source), { workerOptions: { workerData: memory.numbers }, ...options });
  return { memory, pool };
}

test('the first task of a new pool begins while the event loop is blocked', async (t) => {
  const { memory, pool } = poolOf(t, sourceOf(''));
  const task = pool.run({ id: 7 });
  memory.waitFor(BEGUN, 1);
  assert.equal(await task, 7);
  await pool.close();
});

test('the first task of each message-style thread begins, with transfer, while the event loop is blocked', async (t) => {
  const memory = new Memory();
  const file = fileOf(
    t,
    `const { parentPort, workerData: numbers } = require('node:worker_threads');
     parentPort.on('message', ({ id, bytes }) => {
       Atomics.add(numbers, ${BEGUN}, bytes.length);
       Atomics.notify(numbers, ${BEGUN});
       parentPort.postMessage(id);
     });`,
  );
  const pool = new WorkerPool(3, file, { workerOptions: { workerData: memory.numbers } });
  const tasks = [1, 2, 3].map((id) => {
    const bytes = new Uint8Array(10);
    return pool.run({ id, bytes }, { transfer: [bytes.buffer], timeout: STUCK_AFTER_MS });
  });
  memory.waitFor(BEGUN, 30);
  assert.deepEqual(await Promise.all(tasks), [1, 2, 3]);
  await pool.close();
});

test('the first task of a replacement thread begins while the event loop is blocked', async (t) => {
  const { memory, pool } = poolOf(t, sourceOf('', 'if (id === 1) process.exit(1);'));
  const crashed = once(pool, 'crash');
  await assert.rejects(pool.run({ id: 1 }), { code: 'ERR_POOL_CRASH' });
  await crashed;
  const task = pool.run({ id: 2 });
  memory.waitFor(BEGUN, 2);
  assert.equal(await task, 2);
  await pool.close();
});

test('tasks of one thread start in call order after the file has loaded', async (t) => {
  const { memory, pool } = poolOf(t, sourceOf(GATED));
  const tasks = [1, 2, 3, 4].map((id) => pool.run({ id }));
  const urgent = pool.run({ id: 5 }, { priority: 1 });
  memory.waitFor(LOADING, 1);
  memory.allow(1);
  await Promise.all([urgent, ...tasks]);
  assert.deepEqual(memory.order, [1, 5, 2, 3, 4], 'the first counted as running when the urgent one came');
  await pool.close();
});

test('the thread that loads first runs the first task', async (t) => {
  const { memory, pool } = poolOf(t, sourceOf(GATED), { size: 3 });
  const task = pool.run({ id: 1 });
  memory.waitFor(LOADING, 3);
  memory.allow(1);
  assert.equal(await task, 1);
  assert.deepEqual(memory.order, [1], 'once');
  assert.deepEqual(await Promise.all([2, 3, 4].map((id) => pool.run({ id }))), [2, 3, 4]);
  memory.allow(3);
  await pool.close();
});

test('timeout counts from the start of the task, not while the file loads', async (t) => {
  const limit = 250;
  const { memory, pool } = poolOf(t, sourceOf(GATED, `if (id === 2) Atomics.wait(numbers, 999, 0, ${2 * limit});`));
  const inTime = pool.run({ id: 1 }, { timeout: limit });
  memory.waitFor(LOADING, 1);
  Atomics.wait(memory.numbers, 999, 0, limit + 50);
  await turn();
  memory.allow(1);
  assert.equal(await inTime, 1);
  assert.ok(pool.stats().waitTime.max >= limit, JSON.stringify(pool.stats().waitTime));
  assert.ok(pool.stats().runTime.max < limit, JSON.stringify(pool.stats().runTime));
  await pool.close();
});

test('timeout applies even if the pool learns late that the task has begun', async (t) => {
  const { memory, pool } = poolOf(t, sourceOf('', 'Atomics.wait(numbers, 999, 0);'));
  const task = pool.run({ id: 1 }, { timeout: 20 });
  memory.waitFor(BEGUN, 1);
  Atomics.wait(memory.numbers, 998, 0, 40);
  await assert.rejects(task, { code: 'ERR_POOL_TIMEOUT' });
  await pool.close();
});

test("queueTimeout applies while the file loads, and frees the task's place in the queue", async (t) => {
  const { memory, pool } = poolOf(t, sourceOf(GATED), { maxQueue: 1 });
  const late = pool.run({ id: 1 }, { queueTimeout: 5 });
  const next = pool.run({ id: 2 });
  await assert.rejects(pool.run({ id: 3 }), { code: 'ERR_POOL_QUEUE_FULL' });
  await assert.rejects(late, { code: 'ERR_POOL_QUEUE_TIMEOUT' });
  const last = pool.run({ id: 4 });
  memory.allow(1);
  assert.deepEqual(await Promise.all([next, last]), [2, 4]);
  assert.deepEqual(memory.order, [2, 4]);
  await pool.close();
});

test('aborting a task while its thread loads keeps the thread', async (t) => {
  const { memory, pool } = poolOf(t, sourceOf(GATED));
  const controller = new AbortController();
  const aborted = pool.run({ id: 1 }, { signal: controller.signal });
  const next = pool.run({ id: 2 });
  controller.abort();
  const { running, stopping, queued } = pool.stats();
  assert.deepEqual({ running, stopping, queued }, { running: 1, stopping: 0, queued: 0 });
  await assert.rejects(aborted, { code: 'ABORT_ERR' });
  memory.allow(1);
  assert.equal(await next, 2);
  assert.deepEqual(memory.order, [2]);
  assert.equal(Atomics.load(memory.numbers, LOADING), 1, 'one thread was started');
  await pool.close();
});

test('a task whose thread cannot load the file runs on another thread', async (t) => {
  const directory = directoryOf(t, {
    'package.json': '{ "type": "commonjs" }',
    'worker.js': sourceOf(
      `if (add(${LOADING}) === 0) throw new Error('the first one fails');
       waitFor(${ALLOWED}, 1);`,
    ),
  });
  const memory = new Memory();
  const workerOptions = { workerData: memory.numbers };
  const pool = new WorkerPool(2, `${directory}/worker.js`, { workerOptions });
  const crashed = once(pool, 'crash');
  const tasks = [1, 2].map((id) => {
    const bytes = new Uint8Array(5);
    return pool.run({ id, bytes }, id === 1 ? { transfer: [bytes.buffer] } : undefined);
  });
  assert.equal((await crashed)[0].message, 'the first one fails');
  memory.allow(1);
  assert.deepEqual(await Promise.all(tasks), [1, 2]);
  assert.deepEqual([...memory.order].sort(), [1, 2]);
  await pool.close();
});

test('if no thread can load the file, all tasks reject with its error, including posted ones', async (t) => {
  const file = fileOf(t, "throw new RangeError('broken');");
  const pool = new WorkerPool(2, file);
  const bytes = new Uint8Array(5);
  const tasks = [pool.run(bytes, { transfer: [bytes.buffer] }), pool.run(1), pool.run(2)];
  for (const task of tasks) await assert.rejects(task, { name: 'RangeError', message: 'broken' });
  const { failed, crashes } = pool.stats();
  assert.deepEqual({ failed, crashes }, { failed: 3, crashes: 2 });
  await pool.close();
});

test('a forced close ends a loading thread and rejects its task', async (t) => {
  const { memory, pool } = poolOf(t, sourceOf(GATED));
  const task = pool.run({ id: 1 });
  memory.waitFor(LOADING, 1);
  const closed = pool.close({ force: true });
  await assert.rejects(task, { code: 'ERR_POOL_CLOSED' });
  await closed;
});

test('a graceful close waits for the first task of a loading thread', async (t) => {
  const { memory, pool } = poolOf(t, sourceOf(GATED));
  const task = pool.run({ id: 1 });
  const closed = pool.close();
  memory.waitFor(LOADING, 1);
  memory.allow(1);
  assert.equal(await task, 1);
  await closed;
});

test('a thread runs the next task after many tasks were recalled while it loaded', async (t) => {
  const file = fileOf(
    t,
    `import { workerData } from 'node:worker_threads';
     while (Atomics.load(workerData, 0) === 0) await new Promise((resolve) => setTimeout(resolve, 1));
     export default (data) => data;`,
    'worker.mjs',
  );
  const mayLoad = new Int32Array(new SharedArrayBuffer(4));
  const pool = new WorkerPool(1, file, { workerOptions: { workerData: mayLoad } });
  const crashes = [];
  pool.on('crash', (error) => crashes.push(error));
  for (let i = 0; i < 20_000; i++) {
    const controller = new AbortController();
    const task = pool.run(i, { signal: controller.signal });
    controller.abort();
    await assert.rejects(task, { code: 'ABORT_ERR' });
  }
  const next = pool.run('the next');
  Atomics.store(mayLoad, 0, 1);
  assert.equal(await next, 'the next');
  assert.deepEqual(crashes, []);
  await pool.close();
});

test('a task that waits for a slowly loading thread runs on another thread after a while', async (t) => {
  const file = fileOf(
    t,
    `import { workerData } from 'node:worker_threads';
     if (Atomics.add(workerData, 0, 1) > 0) await new Promise(() => setInterval(() => {}, 1e6));
     export default (data) => data;`,
    'worker.mjs',
  );
  const workerData = new Int32Array(new SharedArrayBuffer(4));
  const pool = new WorkerPool(2, file, { workerOptions: { workerData } });
  await pool.run(0);
  let mostOvertaken = 0;
  const loop = async () => {
    for (let n = 0; n < 500; n++) {
      const before = pool.stats().completed;
      await pool.run(n);
      mostOvertaken = Math.max(mostOvertaken, pool.stats().completed - before);
    }
  };
  await Promise.all([loop(), loop(), loop()]);
  assert.ok(mostOvertaken < 100, `${mostOvertaken} tasks that were submitted later ran before one`);
  await pool.close({ force: true });
});
