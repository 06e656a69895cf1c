'use strict';

// While the data of a task is cloned for its thread, code of the caller's may run: getters. Whatever that calls of the
// pool, each task settles once and with its own result, and the counts are right.

const { test } = require('node:test');
const assert = require('node:assert/strict');
const { setImmediate: turn } = require('node:timers/promises');
const { WorkerPool } = require('..');
const { fileOf } = require('./support/files');

const ECHO = "const { threadId } = require('node:worker_threads'); module.exports = ({ id }) => id ?? threadId;";

/** Runs for ever what has an id. */
const UNBOUNDED = 'module.exports = ({ id }) => { while (id !== undefined); };';

/** Data that calls `act` when it is cloned first. */
function acting(id, act) {
  let isFirst = true;
  return {
    id,
    get more() {
      if (isFirst) {
        isFirst = false;
        act();
      }
      return 0;
    },
  };
}

const outcomeOf = (promise) => promise.catch(({ code }) => code);

function assertCounts(pool) {
  const { size, idle, running, stopping, queued, submitted, completed, failed, aborted, timedOut } = pool.stats();
  assert.equal(idle + running + stopping, size);
  assert.equal(submitted, completed + failed + aborted + timedOut + queued + running);
}

/** Answers with its thread, or runs until it is aborted. */
const OBLIGING = `
  const { threadId } = require('node:worker_threads');
  const { once } = require('node:events');
  module.exports = async ({ id }, { signal }) => {
    if (id !== undefined && !signal.aborted) await once(signal, 'abort');
    return threadId;
  };`;

for (const abortTimeout of [0, 1e9]) {
  test(`a task that aborts itself while its data is cloned ends (abortTimeout ${abortTimeout})`, async (t) => {
    const pool = new WorkerPool(1, fileOf(t, OBLIGING), { abortTimeout });
    const thread = await pool.run({});
    const controller = new AbortController();
    const { signal } = controller;
    let aborted;
    const data = acting(1, () => {
      controller.abort();
      aborted = pool.stats().aborted;
      assertCounts(pool);
    });
    const tasks = [pool.run(data, { signal }), pool.run({})];
    assert.equal(aborted, 1, 'at once');
    await assert.rejects(tasks[0], { code: 'ABORT_ERR' });
    const next = await tasks[1];
    if (abortTimeout > 0) assert.equal(next, thread);
    assertCounts(pool);
    await pool.close();
  });
}

test('a task that aborts itself while its data fails to clone is aborted', async (t) => {
  const pool = new WorkerPool(1, fileOf(t, ECHO));
  const thread = await pool.run({});
  const controller = new AbortController();
  const data = acting(1, () => {
    controller.abort();
    throw new Error('not to be cloned');
  });
  await assert.rejects(pool.run(data, { signal: controller.signal }), { code: 'ABORT_ERR' });
  assert.equal(await pool.run({}), thread);
  const { aborted, failed } = pool.stats();
  assert.deepEqual({ aborted, failed }, { aborted: 1, failed: 0 });
  await pool.close();
});

test("cloning a task's data may submit other tasks, which complete with their own results", async (t) => {
  const pool = new WorkerPool(2, fileOf(t, ECHO));
  const results = [];
  const submit = (id, depth) => {
    const data = acting(id, () => {
      assertCounts(pool);
      if (depth > 0) for (const digit of [1, 2, 3]) submit(10 * id + digit, depth - 1);
    });
    results.push(pool.run(data, depth % 2 === 0 ? undefined : { priority: depth }).then((result) => [id, result]));
  };
  for (const id of [1, 2, 3]) submit(id, 4);
  for (let i = 0; i < results.length; i++) {
    const [id, result] = await results[i];
    assert.equal(result, id);
  }
  assert.equal(pool.stats().completed, 3 * (1 + 3 + 9 + 27 + 81));
  await pool.close();
});

test("cloning a task's data may abort other tasks", async (t) => {
  const pool = new WorkerPool(1, fileOf(t, ECHO));
  await pool.run({});
  const controllers = Array.from({ length: 6 }, () => new AbortController());
  let tasks;
  tasks = controllers.map(({ signal }, id) => {
    const data = acting(id, () => {
      if (tasks === undefined) return;
      controllers[id - 1]?.abort(); // has ended
      controllers[id + 1]?.abort();
      assertCounts(pool);
    });
    return outcomeOf(pool.run(data, { signal }));
  });
  assert.deepEqual(await Promise.all(tasks), [0, 1, 'ABORT_ERR', 3, 'ABORT_ERR', 5]);
  assertCounts(pool);
  await pool.close();
});

for (const force of [false, true]) {
  test(`cloning a task's data may close the pool${force ? ' by force' : ''}`, async (t) => {
    // The thread may be done with a short task before the loop turns and the close is forced.
    const pool = new WorkerPool(1, fileOf(t, force ? UNBOUNDED : ECHO));
    await pool.run({});
    let closed;
    let late;
    const data = acting(1, () => {
      closed = pool.close({ force });
      late = outcomeOf(pool.run({ id: 3 }));
      assertCounts(pool);
    });
    const tasks = [pool.run(data), pool.run({ id: 2 })].map(outcomeOf);
    assert.deepEqual(await Promise.all(tasks), force ? ['ERR_POOL_CLOSED', 'ERR_POOL_CLOSED'] : [1, 'ERR_POOL_CLOSED']);
    assert.equal(await late, 'ERR_POOL_CLOSED');
    await closed;
    assertCounts({ stats: () => ({ ...pool.stats(), idle: pool.size }) });
  });
}

test('cloning the data of tasks posted ahead may submit and abort other tasks', async (t) => {
  const pool = new WorkerPool(1, fileOf(t, ECHO));
  // Until it is known that they are short.
  await Promise.all(Array.from({ length: 200 }, (_, id) => pool.run({ id })));
  const controller = new AbortController();
  const extra = [];
  const act = (id) => () => {
    assertCounts(pool);
    if (id % 5 === 0) extra.push(outcomeOf(pool.run({ id: -id }, { priority: 1 })));
    if (id % 5 === 1) extra.push(outcomeOf(pool.run({ id: -id }, { signal: controller.signal })));
    if (id === 150) controller.abort();
  };
  const tasks = Array.from({ length: 200 }, (_, id) => pool.run(acting(id, act(id))));
  assert.deepEqual(
    await Promise.all(tasks),
    tasks.map((_, id) => id),
  );
  for (const outcome of await Promise.all(extra)) assert.ok(outcome === 'ABORT_ERR' || outcome <= 0);
  assertCounts(pool);
  await pool.close();
});

test('workerData that calls the pool when a thread starts affects no task', async (t) => {
  const file = fileOf(t, "module.exports = (id) => (id === 'exit' ? process.exit(1) : id);");
  let pool;
  const nested = [];
  const workerData = {
    get value() {
      if (pool === undefined || nested.length > 20) return 0;
      nested.push(outcomeOf(pool.run(nested.length)));
      assertCounts(pool);
      return 0;
    },
  };
  pool = new WorkerPool(2, file, { workerOptions: { workerData } });
  for (let round = 0; round < 3; round++) {
    const crashes = [0, 1, 2].map(() => outcomeOf(pool.run('exit')));
    assert.deepEqual(await Promise.all(crashes), ['ERR_POOL_CRASH', 'ERR_POOL_CRASH', 'ERR_POOL_CRASH']);
    assert.equal(await pool.run(round), round);
  }
  assert.deepEqual(
    await Promise.all(nested),
    nested.map((_, id) => id),
  );
  assert.ok(nested.length > 0);
  assertCounts(pool);
  await pool.close();
});

test('workerData that aborts the task for which a successor starts moves nothing of another task', async (t) => {
  const file = fileOf(t, 'module.exports = ({ buffer }) => buffer.byteLength;');
  const controller = new AbortController();
  let next;
  const moved = (bytes, options) => {
    const buffer = new ArrayBuffer(bytes);
    return pool.run({ buffer }, { ...options, transfer: [buffer] });
  };
  let starts = 0;
  const workerData = {
    get more() {
      if (++starts !== 2) return 0;
      controller.abort();
      next = moved(2);
      return 0;
    },
  };
  const pool = new WorkerPool(1, file, { recycle: { tasks: 1 }, workerOptions: { workerData } });
  const outcome = await outcomeOf(moved(1, { signal: controller.signal }));
  assert.deepEqual([outcome, await next], ['ABORT_ERR', 2]);
  await pool.close();
});

test('a task that aborts itself and another, while one thread loads and the other is busy, frees both workers', async (t) => {
  // In memory that the threads see: how many may load, and whether the one that has may go on.
  const [ALLOWED, OPEN, BLOCKED] = [0, 1, 2];
  const numbers = new Int32Array(new SharedArrayBuffer(12));
  const file = fileOf(
    t,
    `const { workerData: numbers } = require('node:worker_threads');
     while (Atomics.sub(numbers, ${ALLOWED}, 1) <= 0) {
       Atomics.add(numbers, ${ALLOWED}, 1);
       Atomics.wait(numbers, ${ALLOWED}, 0);
     }
     module.exports = ({ id }) => {
       if (id === 'block') {
         setImmediate(() => {
           Atomics.store(numbers, ${BLOCKED}, 1);
           Atomics.wait(numbers, ${OPEN}, 0);
         });
       }
       return id;
     };`,
  );
  const set = (index, value) => {
    Atomics.store(numbers, index, value);
    Atomics.notify(numbers, index);
  };
  const pool = new WorkerPool(2, file, { workerOptions: { workerData: numbers } });
  set(ALLOWED, 1);
  await pool.run({ id: 'block' });
  while (Atomics.load(numbers, BLOCKED) === 0) await turn();
  const controllers = [new AbortController(), new AbortController()];
  const [first, second] = controllers.map(({ signal }) => ({ signal }));
  const act = () => {
    for (const controller of controllers) controller.abort();
  };
  const aborted = [pool.run({ id: 1 }, first), pool.run(acting(2, act), second)].map(outcomeOf);
  assert.deepEqual(await Promise.all(aborted), ['ABORT_ERR', 'ABORT_ERR']);
  const tasks = [3, 4, 5].map((id) => pool.run({ id }));
  assertCounts(pool);
  set(OPEN, 1);
  set(ALLOWED, 1);
  assert.deepEqual(await Promise.all(tasks), [3, 4, 5]);
  while (pool.stats().idle < 2) await turn(); // the thread that was loading may just have begun its event loop
  await pool.close();
});

test('onProgress may submit and abort tasks', async (t) => {
  const file = fileOf(t, 'module.exports = (id, { progress }) => { progress(id); progress(id); return id; };');
  const pool = new WorkerPool(1, file);
  const controller = new AbortController();
  const nested = [];
  const onProgress = (id) => {
    assertCounts(pool);
    nested.push(outcomeOf(pool.run(10 + id)));
    if (id === 2) controller.abort();
  };
  const tasks = [1, 2, 3].map((id) => pool.run(id, { onProgress, signal: controller.signal }));
  assert.deepEqual(await Promise.all(tasks.map(outcomeOf)), [1, 'ABORT_ERR', 'ABORT_ERR']);
  assert.deepEqual(await Promise.all(nested), [11, 11, 12]);
  await turn();
  assertCounts(pool);
  await pool.close();
});

test('a task that has waited too long does not start because another one that has calls run', async (t) => {
  const gate = new Int32Array(new SharedArrayBuffer(4));
  const file = fileOf(
    t,
    `Atomics.wait(require('node:worker_threads').workerData, 0, 0); // loads when the test allows it
     module.exports = ({ id }) => id;`,
  );
  const pool = new WorkerPool(2, file, { workerOptions: { workerData: gate } });
  const tasks = [];
  const signal = {
    aborted: false,
    addEventListener() {},
    removeEventListener: () => tasks.push(pool.run({ id: 3 })),
  };
  const buffers = [new ArrayBuffer(8), new ArrayBuffer(8)];
  const late = buffers.map((buffer, id) =>
    outcomeOf(pool.run({ id, buffer }, { queueTimeout: 1, transfer: [buffer], ...(id === 1 && { signal }) })),
  );
  Atomics.wait(gate, 0, 0, 10); // so that both are late in the same turn
  const outcomes = await Promise.all(late);
  Atomics.store(gate, 0, 1);
  Atomics.notify(gate, 0);
  assert.deepEqual(outcomes, ['ERR_POOL_QUEUE_TIMEOUT', 'ERR_POOL_QUEUE_TIMEOUT']);
  assert.deepEqual(await Promise.all(tasks), [3]);
  assertCounts(pool);
  await pool.close();
});
