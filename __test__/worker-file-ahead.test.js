'use strict';

// Short tasks are posted to the threads of a worker file ahead of their turn: what is promised of tasks holds of
// those all the same. How long they are expected to take is not left to the machine here.

const { test } = require('node:test');
const assert = require('node:assert/strict');
const { Prefetch } = require('../lib/files/prefetch');
const { WorkerPool } = require('..');
const { fileOf } = require('./support/files');
const threads = require('./support/threads');

const { allows } = Prefetch.prototype;
const AHEAD = 8;
Prefetch.prototype.allows = (count) => count < AHEAD;

test('Prefetch allows as many tasks as are expected to be short', () => {
  const prefetch = new Prefetch();
  const allowed = () => Array.from({ length: 20 }, (_, count) => allows.call(prefetch, count)).lastIndexOf(true) + 1;
  const record = (times, took) => {
    for (let i = 0; i < times; i++) prefetch.record(took);
  };
  assert.equal(allowed(), 1, 'nothing is known');
  record(100, 0.001);
  assert.equal(allowed(), 8, 'at most');
  record(100, 0.03);
  assert.equal(allowed(), 4);
  record(100, 0.2);
  assert.equal(allowed(), 1);
  record(100, 0.001);
  record(1, Number.NaN);
  assert.equal(allowed(), 8);
  record(1, 10);
  assert.equal(allowed(), 1, 'the last one was long');
});

// In memory that the threads see: how many tasks have begun, how many may go on, how often the event loop of a thread
// has turned, the kernel's number of a thread, and which tasks began in which order.
const BEGUN = 0;
const ALLOWED = 1;
const TURNS = 2;
const THREAD = 3;
const ORDER = 4;

/** Notes when a task begins, and has it wait until so many may go on. `act` is the source of what it does then. */
const fileThatNotes = (t, act = '', style = 'function') =>
  fileOf(
    t,
    `const { workerData: memory, parentPort } = require('worker_threads');
     ${threads.unsupported ? '' : `memory[${THREAD}] = ${threads.OWN_ID};`}
     setInterval(() => {
       Atomics.add(memory, ${TURNS}, 1);
       Atomics.notify(memory, ${TURNS});
     }, 1);
     const run = (data) => {
       const nth = Atomics.add(memory, ${BEGUN}, 1);
       Atomics.store(memory, ${ORDER} + nth, data.id);
       Atomics.notify(memory, ${BEGUN});
       for (let allowed; (allowed = Atomics.load(memory, ${ALLOWED})) <= nth;) Atomics.wait(memory, ${ALLOWED}, allowed);
       ${act}
       return data.id;
     };
     if (${style === 'function'}) module.exports = run;
     else parentPort.on('message', (data) => parentPort.postMessage(run(data)));`,
  );

class Notes {
  memory = new Int32Array(new SharedArrayBuffer(4 * 4096));

  allow(count) {
    Atomics.store(this.memory, ALLOWED, count);
    Atomics.notify(this.memory, ALLOWED);
  }

  get begun() {
    return Atomics.load(this.memory, BEGUN);
  }

  get order() {
    return [...this.memory.subarray(ORDER, ORDER + this.begun)];
  }

  /** Blocks this thread until so many tasks have begun. */
  waitFor(count) {
    this.#blockUntil(BEGUN, count);
  }

  /**
   * Blocks this thread until a worker has done all that it was given: when a timer has run there twice, its event loop
   * has received all messages in between.
   */
  waitForRest() {
    this.#blockUntil(TURNS, Atomics.load(this.memory, TURNS) + 2);
  }

  /** Blocks this thread until a worker's thread has ended. */
  waitForEnd() {
    threads.blockUntilEnded(this.memory[THREAD]);
  }

  #blockUntil(index, count) {
    const end = performance.now() + 60_000;
    let value = Atomics.load(this.memory, index);
    while (value < count) {
      assert.ok(performance.now() < end, `${value} of ${count}`);
      Atomics.wait(this.memory, index, value, 1000);
      value = Atomics.load(this.memory, index);
    }
  }
}

const range = (length) => Array.from({ length }, (_, i) => i);

/** A pool with `count` tasks given, of which the first 20 have ended and the 21st has begun, with others behind it. */
async function inTheMidst(t, { size = 1, count = 60, act, style, maxQueue, dataOf = (id) => ({ id }) } = {}) {
  const notes = new Notes();
  notes.allow(20);
  const workerOptions = { workerData: notes.memory };
  const pool = new WorkerPool(size, fileThatNotes(t, act, style), { workerOptions, maxQueue });
  const tasks = range(count).map((id) => pool.run(dataOf(id, pool)));
  for (const task of tasks) task.catch(() => {});
  while (pool.stats().completed < 20 || notes.begun < 20 + size) await new Promise(setImmediate);
  return { notes, pool, tasks };
}

for (const style of ['function', 'message']) {
  test(`a thread runs tasks posted ahead while the event loop is blocked (${style} style)`, async (t) => {
    const { notes, pool, tasks } = await inTheMidst(t, { style });
    notes.allow(27);
    notes.waitFor(28);
    assert.equal(pool.queue.length, 39, 'they count as queued');
    notes.allow(60);
    assert.deepEqual(await Promise.all(tasks), range(60));
    assert.deepEqual(notes.order, range(60));
    await pool.close();
  });
}

const RETURN_WHAT_IS_TOO_DEEP = 'let value = {}; for (let i = 0; i < 6000; i++) value = { value }; return value;';
const EXIT_AT_25 = 'if (data.id === 25) process.exit(3);';
const unpostable = (id) => (id === 22 ? { id, method() {} } : { id });

/** Asserts that of a pool's 60 tasks only those fail that are named in `errors`, each with such an error. */
async function assertOnlyTheseFail({ notes, pool, tasks }, errors) {
  const outcomes = await Promise.allSettled(tasks);
  const failed = new Map(range(60).flatMap((id) => (id in errors ? [[id, errors[id]]] : [])));
  for (const [id, { value, reason }] of outcomes.entries()) {
    if (failed.has(id))
      assert.throws(() => {
        throw reason;
      }, failed.get(id));
    else assert.equal(value, id, reason);
  }
  const begun = [...notes.order].sort((a, b) => a - b);
  assert.deepEqual(begun, [...new Set(begun)], 'none twice');
  assert.equal(pool.stats().failed, failed.size);
  await pool.close();
}

test('a task that cannot be posted ahead fails no other task', async (t) => {
  const midst = await inTheMidst(t, { dataOf: unpostable });
  midst.notes.allow(60);
  midst.notes.waitFor(24);
  await assertOnlyTheseFail(midst, { 22: { name: 'DataCloneError' } });
});

test('a task posted ahead whose result cannot be read fails no other task', async (t) => {
  const midst = await inTheMidst(t, { act: `if (data.id === 22) { ${RETURN_WHAT_IS_TOO_DEEP} }` });
  midst.notes.allow(60);
  await assertOnlyTheseFail(midst, { 22: { message: /call stack/ } });
});

test('unposted and unreadable tasks settle with their own errors when the thread dies in a later task', {
  skip: threads.unsupported,
}, async (t) => {
  const acts = {
    unposted: EXIT_AT_25,
    unread: `if (data.id === 22 || data.id === 24) { ${RETURN_WHAT_IS_TOO_DEEP} } ${EXIT_AT_25}`,
  };
  const crash = { 25: { code: 'ERR_POOL_CRASH' } };
  const errors = {
    unposted: { 22: { name: 'DataCloneError' }, ...crash },
    unread: { 22: { message: /call stack/ }, 24: { message: /call stack/ }, ...crash },
  };
  for (const [how, act] of Object.entries(acts)) {
    const midst = await inTheMidst(t, { act, ...(how === 'unposted' ? { dataOf: unpostable } : {}) });
    midst.notes.allow(60);
    midst.notes.waitForEnd();
    await assertOnlyTheseFail(midst, errors[how]);
  }
});

test('the number of tasks posted ahead is limited', async (t) => {
  const { notes, pool, tasks } = await inTheMidst(t);
  notes.allow(60);
  notes.waitFor(20 + AHEAD);
  notes.waitForRest();
  assert.equal(notes.begun, 20 + AHEAD);
  await Promise.all(tasks);
  await pool.close();
});

test('tasks posted ahead count as queued in maxQueue', async (t) => {
  const { notes, pool, tasks } = await inTheMidst(t, { count: 41, maxQueue: 40 });
  assert.equal(pool.queue.length, 20);
  const more = range(20).map((id) => pool.run({ id: 41 + id }));
  await assert.rejects(pool.run({ id: 0 }), { code: 'ERR_POOL_QUEUE_FULL' });
  notes.allow(61);
  assert.deepEqual(await Promise.all([...tasks, ...more]), range(61));
  await pool.close();
});

test('tasks posted behind a task that turns out to be long are recalled', async (t) => {
  const count = 3000;
  const { notes, pool, tasks } = await inTheMidst(t, {
    size: 2,
    count,
    act: 'if (data.id === 30) Atomics.wait(memory, 4000, 0);',
  });
  notes.allow(count);
  const first = tasks.slice(0, 30 + 2 * AHEAD);
  await Promise.all(first.filter((_, id) => id !== 30));
  assert.ok(pool.queue.length > count / 2, `${pool.queue.length} wait still`);
  await Promise.all(tasks.filter((_, id) => id !== 30));
  Atomics.store(notes.memory, 4000, 1);
  Atomics.notify(notes.memory, 4000);
  assert.equal(await tasks[30], 30);
  const inOrder = [...notes.order].sort((a, b) => a - b);
  assert.deepEqual(inOrder, range(count), 'each once');
  await pool.close();
});

test('no task posted ahead waits for a busy thread while another thread is idle', async (t) => {
  // Two run, with as many behind each as may be, and two are in the queue.
  const count = 20 + 2 * AHEAD + 2;
  const { notes, pool, tasks } = await inTheMidst(t, {
    size: 2,
    count,
    act: 'if (Atomics.load(memory, 4001) === data.id + 1) Atomics.wait(memory, 4000, 0);',
  });
  const long = notes.order[20];
  Atomics.store(notes.memory, 4001, long + 1);
  notes.allow(count);
  await Promise.all(tasks.filter((_, id) => id !== long));
  Atomics.store(notes.memory, 4000, 1);
  Atomics.notify(notes.memory, 4000);
  assert.equal(await tasks[long], long);
  await pool.close();
});

test('a thread that dies fails none of the tasks posted ahead', async (t) => {
  const { notes, pool, tasks } = await inTheMidst(t, {
    act: 'if (data.id % 10 === 3 && data.id > 20) process.exit(5);',
  });
  notes.allow(60);
  const outcomes = await Promise.allSettled(tasks);
  for (const [id, { value, reason }] of outcomes.entries()) {
    if (id > 20 && id % 10 === 3) assert.equal(reason.message, 'Worker exited with code 5');
    else assert.equal(value, id);
  }
  assert.deepEqual(notes.order, range(60), 'in order, each once');
  assert.equal(pool.stats().crashes, 4);
  await pool.close();
});

test('a task of higher priority overtakes tasks posted ahead', async (t) => {
  const { notes, pool, tasks } = await inTheMidst(t);
  const urgent = pool.run({ id: 1000 }, { priority: 1 });
  notes.allow(61);
  await Promise.all([urgent, ...tasks]);
  assert.deepEqual(notes.order, [...range(21), 1000, ...range(60).slice(21)]);
  await pool.close();
});

for (const [how, options, code] of [
  ['an abort', (signal) => ({ signal }), 'ABORT_ERR'],
  ['a time limit', () => ({ timeout: 1 }), 'ERR_POOL_TIMEOUT'],
]) {
  test(`${how} fails none of the tasks posted ahead`, async (t) => {
    const { notes, pool, tasks } = await inTheMidst(t, { act: 'if (data.id === 9999) for (;;);' });
    const controller = new AbortController();
    const stopped = assert.rejects(pool.run({ id: 9999 }, options(controller.signal)), { code });
    const more = range(40).map((id) => pool.run({ id: 60 + id }));
    notes.allow(1000);
    await Promise.all(tasks);
    while (notes.begun < 61) await new Promise(setImmediate);
    controller.abort();
    await stopped;
    const ids = range(40).map((id) => 60 + id);
    assert.deepEqual(await Promise.all(more), ids);
    // The limit may end a task that its thread has not begun.
    const others = notes.order.filter((id) => id !== 9999);
    assert.deepEqual(others, [...range(60), ...ids]);
    await pool.close();
  });
}

test('an abort after the thread has finished its task fails none of the tasks posted ahead', async (t) => {
  const { notes, pool, tasks } = await inTheMidst(t);
  const controller = new AbortController();
  const stopped = assert.rejects(pool.run({ id: 9999 }, { signal: controller.signal }), { code: 'ABORT_ERR' });
  const more = range(40).map((id) => pool.run({ id: 60 + id }));
  notes.allow(60);
  await Promise.all(tasks);
  while (notes.begun < 61) await new Promise(setImmediate);
  notes.allow(61);
  notes.waitForRest();
  controller.abort();
  await stopped;
  notes.allow(1000);
  await Promise.all(more);
  assert.deepEqual(notes.order, [...range(60), 9999, ...range(40).map((id) => 60 + id)], 'each once');
  await pool.close();
});

test('a task posted ahead whose data cannot be cloned fails in its turn', async (t) => {
  const { notes, pool, tasks } = await inTheMidst(t, {
    dataOf: (id) => (id === 24 || id === 25 || id === 59 ? { id, no() {} } : { id }),
  });
  let settled = 0;
  const turns = tasks.map((task) => task.catch(() => {}).then(() => settled++));
  notes.allow(60);
  const outcomes = await Promise.allSettled(tasks);
  for (const id of [24, 25, 59]) assert.equal(outcomes[id].reason?.name, 'DataCloneError');
  assert.deepEqual(
    outcomes.flatMap(({ value }) => value ?? []),
    range(60).filter((id) => ![24, 25, 59].includes(id)),
  );
  assert.deepEqual(await Promise.all(turns), range(60), 'all in their order');
  assert.equal(pool.stats().failed, 3);
  await pool.close();
});

test('getters in the data of tasks posted ahead may submit tasks', async (t) => {
  const others = [];
  const { notes, pool, tasks } = await inTheMidst(t, {
    dataOf: (id, ownPool) => ({
      get id() {
        if (id % 3 === 2) others.push(ownPool.run({ id: 2000 + id }, { priority: id % 2 }));
        return id;
      },
    }),
  });
  notes.allow(4000);
  assert.deepEqual(await Promise.all(tasks), range(60));
  const given = await Promise.all(others);
  assert.ok(given.length >= 20);
  assert.deepEqual(
    [...notes.order].sort((a, b) => a - b),
    [...range(60), ...given].sort((a, b) => a - b),
    'each once',
  );
  await pool.close();
});

test('a forced close rejects tasks posted ahead', async (t) => {
  const { pool, tasks } = await inTheMidst(t);
  const closed = pool.close({ force: true });
  const outcomes = await Promise.allSettled(tasks);
  await closed;
  assert.equal(outcomes.filter(({ reason }) => reason?.code === 'ERR_POOL_CLOSED').length, 40);
  const { aborted, completed, queued, running } = pool.stats();
  assert.deepEqual({ aborted, completed, queued, running }, { aborted: 40, completed: 20, queued: 0, running: 0 });
});

test('a graceful close waits for tasks posted ahead', async (t) => {
  const { notes, pool, tasks } = await inTheMidst(t);
  const closed = pool.close();
  notes.allow(60);
  assert.deepEqual(await Promise.all(tasks), range(60));
  await closed;
});

test('asynchronous tasks posted ahead run one at a time', async (t) => {
  const file = fileOf(
    t,
    `let running = 0;
     module.exports = async (id) => {
       if (++running > 1) throw new Error('not alone');
       for (let i = 0; i < id % 4; i++) await new Promise(setImmediate);
       running--;
       return id;
     };`,
  );
  const pool = new WorkerPool(2, file);
  assert.deepEqual(await Promise.all(range(300).map((id) => pool.run(id))), range(300));
  await pool.close();
});

test('a listener that answers before it returns is not called again until it returns', async (t) => {
  const file = fileOf(
    t,
    `const { parentPort } = require('worker_threads');
     let inside = false;
     parentPort.on('message', async (id) => {
       if (id % 2) await new Promise(setImmediate);
       if (inside) return parentPort.postMessage('called from within');
       inside = true;
       parentPort.postMessage(id);
       inside = false;
     });`,
  );
  const pool = new WorkerPool(1, file);
  assert.deepEqual(await Promise.all(range(300).map((id) => pool.run(id))), range(300));
  await pool.close();
});

for (const kind of ['a listener', 'an async listener']) {
  test(`an exception of ${kind} after its answer fails no later task`, async (t) => {
    const file = fileOf(
      t,
      `const { parentPort } = require('node:worker_threads');
       const { setImmediate: turn } = require('node:timers/promises');
       const answerLater = async (id) => {
         for (let turns = 0; turns < 5; turns++) await turn(); // further tasks come meanwhile
         parentPort.postMessage(id);
       };
       const listener = ${kind === 'a listener' ? '' : 'async'} (id) => {
         if (id !== 10) return void answerLater(id);
         parentPort.postMessage(id);
         throw new Error('thrown after the answer');
       };
       parentPort.on('message', listener);`,
    );
    const pool = new WorkerPool(1, file);
    const crashes = [];
    pool.on('crash', ({ message }) => crashes.push(message));
    const tasks = Array.from({ length: 30 }, (_, id) => pool.run(id));
    assert.deepEqual(
      await Promise.all(tasks),
      tasks.map((_, id) => id),
    );
    await pool.close();
    assert.deepEqual(crashes, ['thrown after the answer']);
  });
}

test('if a getter of an answer also answers, the first answer counts', async (t) => {
  const file = fileOf(
    t,
    `const { parentPort } = require('node:worker_threads');
     parentPort.on('message', async (id) => {
       await new Promise(setImmediate);
       parentPort.postMessage({ id, get twice() { parentPort.postMessage('early ' + id); return 2; } });
     });`,
  );
  const pool = new WorkerPool(1, file);
  const answers = await Promise.all(Array.from({ length: 20 }, (_, id) => pool.run(id)));
  assert.deepEqual(
    answers,
    answers.map((_, id) => `early ${id}`),
  );
  await pool.close();
});

/** What each task finds when it begins, of what the one before has left. Every other task ends asynchronously. */
const fileThatLeavesSomething = (t, style) =>
  fileOf(
    t,
    `const { AsyncLocalStorage } = require('async_hooks');
     const { parentPort } = require('worker_threads');
     const storage = new AsyncLocalStorage();
     let left = 0;
     const run = (id) => {
       const found = { store: storage.getStore(), left };
       left = 2;
       process.nextTick(() => left--);
       queueMicrotask(() => left--);
       return storage.run(id, () => (id % 2 === 0 ? found : new Promise((done) => setImmediate(done, found))));
     };
     if ('${style}' === 'function') module.exports = run;
     else parentPort.on('message', (id) => storage.run(undefined, async () => parentPort.postMessage(await run(id))));`,
  );

for (const style of ['function', 'message']) {
  test(`a task begins after the callbacks of the previous task, and outside its async context (${style} style)`, async (t) => {
    const pool = new WorkerPool(1, fileThatLeavesSomething(t, style));
    const found = await Promise.all(Array.from({ length: 50 }, (_, id) => pool.run(id)));
    assert.deepEqual(found, Array(50).fill({ store: undefined, left: 0 }));
    await pool.close();
  });
}
