'use strict';

// minSize, idleTimeout and resize, for native threads and for the threads of a worker file.

const assert = require('node:assert/strict');
const { once } = require('node:events');
const path = require('node:path');
const { test } = require('node:test');
const { setTimeout: sleep } = require('node:timers/promises');
const { WorkerPool } = require('../index');
const { until } = require('./support/until');

const FILE = path.join(__dirname, 'fixtures', 'elastic.js');

/** The kinds of workers, and the data of tasks that take no time and that run until their signal aborts. */
const KINDS = [
  { kind: 'native', worker: undefined, options: {}, short: { n: 1 }, long: { n: 60 } },
  { kind: 'file', worker: FILE, options: { abortTimeout: 60_000 }, short: { act: 'return' }, long: { act: 'wait' } },
];

for (const { kind, worker, options, short, long } of KINDS) {
  /** @returns a pool, and `occupy(count)`, which starts tasks that run until the returned function is called. */
  const create = (size, more = {}) => {
    const pool = new WorkerPool(size, worker, { ...options, ...more });
    const occupy = (count) => {
      const ends = new AbortController();
      const ended = Array.from({ length: count }, () => pool.run(long, { signal: ends.signal }).catch(() => {}));
      return async () => {
        ends.abort();
        await Promise.all(ended);
        await until(() => pool.stats().stopping === 0);
      };
    };
    return { pool, occupy };
  };

  test(`${kind}: without minSize, idle threads are kept`, async () => {
    const { pool, occupy } = create(2, { idleTimeout: 0 });
    await (await occupied(pool, occupy, 2))();
    await sleep(20);
    assert.equal(pool.stats().threads, 2);
    await pool.close();
    assert.equal(pool.stats().threads, 0);
  });

  test(`${kind}: a burst starts as many threads as it needs, and idle ones end down to minSize`, async () => {
    const { pool, occupy } = create(4, { minSize: 1, idleTimeout: 1 });
    assert.equal(pool.stats().threads, 1);
    for (let round = 0; round < 3; round++) {
      const free = await occupied(pool, occupy, 4);
      assert.equal(pool.stats().threads, 4);
      await free();
      await until(() => pool.stats().threads === 1);
      assert.deepEqual([pool.size, pool.idle.length, pool.all.size], [4, 4, 4]);
    }
    await sleep(20);
    assert.equal(pool.stats().threads, 1);
    await pool.close();
    assert.equal(pool.stats().crashes, 0);
  });

  test(`${kind}: with minSize 0, no thread is left, and the next task starts one`, async () => {
    for (const idleTimeout of [0, 5]) {
      const { pool } = create(3, { minSize: 0, idleTimeout });
      for (let round = 0; round < 3; round++) {
        await pool.run(short);
        await until(() => pool.stats().threads === 0);
      }
      assert.equal(pool.stats().completed, 3);
      await pool.close();
    }
  });

  test(`${kind}: tasks that follow each other sooner than idleTimeout keep one thread`, async () => {
    const { pool, occupy } = create(3, { minSize: 0, idleTimeout: 200 });
    await (await occupied(pool, occupy, 3))();
    await until(async () => {
      await pool.run(short);
      await sleep(2);
      return pool.stats().threads === 1;
    });
    await pool.close();
  });

  test(`${kind}: a pool without threads does not keep the process alive, and closes`, async () => {
    const { pool } = create(2, { minSize: 0, idleTimeout: 0 });
    await pool.run(short);
    await until(() => pool.stats().threads === 0);
    await pool.close();
    await assert.rejects(pool.run(short), { code: 'ERR_POOL_CLOSED' });
    const forced = create(2, { minSize: 0, idleTimeout: 0 }).pool;
    await forced.close({ force: true });
  });

  test(`${kind}: a larger size runs queued tasks at once`, async () => {
    const { pool, occupy } = create(1);
    const free = await occupied(pool, occupy, 1);
    const queued = pool.run(short);
    assert.equal(pool.queue.length, 1);
    pool.resize(2);
    assert.deepEqual([pool.size, pool.all.size, pool.stats().size], [2, 2, 2]);
    await queued;
    await free();
    await pool.close();
  });

  test(`${kind}: after a reduction, busy workers finish their tasks, and no other runs beside the last`, async () => {
    const { pool, occupy } = create(3);
    const free = [];
    for (let i = 0; i < 3; i++) free.push(await occupied(pool, occupy, 1, i + 1));
    const queued = pool.run(short);
    pool.resize(1);
    const { size, running, idle, queued: waiting } = pool.stats();
    // A native task that its thread has not dequeued yet waits again.
    assert.deepEqual([size, idle, running + waiting], [1, 0, 4]);
    if (kind === 'file') assert.equal(running, 3);
    await free[0]();
    await free[1]();
    await until(() => pool.stats().threads === 1);
    assert.equal(pool.stats().queued, 1, 'the last worker is busy');
    await free[2]();
    await queued;
    assert.deepEqual([pool.stats().running, pool.idle.length], [0, 1]);
    await pool.close();
    assert.equal(pool.stats().crashes, 0);
  });

  test(`${kind}: after a reduction, idle threads end at once`, async () => {
    const { pool, occupy } = create(4);
    await (await occupied(pool, occupy, 4))();
    pool.resize(1);
    await until(() => pool.stats().threads === 1);
    pool.resize(3);
    await Promise.all(Array.from({ length: 20 }, () => pool.run(short)));
    assert.ok(pool.stats().threads <= 3);
    await pool.close();
  });

  test(`${kind}: resize during a burst loses no task`, async () => {
    const { pool } = create(2, { minSize: 0, idleTimeout: 1 });
    const tasks = [];
    for (let i = 0; i < 300; i++) {
      tasks.push(pool.run(short));
      if (i % 10 === 0) pool.resize(1 + (i % 7));
      if (i % 50 === 0) await sleep(2);
    }
    await Promise.all(tasks);
    const { submitted, completed, crashes } = pool.stats();
    assert.deepEqual([submitted, completed, crashes], [300, 300, 0]);
    await pool.close();
  });

  test(`${kind}: maxQueue counts from the new size`, async () => {
    const { pool, occupy } = create(1, { maxQueue: 0 });
    const free = await occupied(pool, occupy, 1);
    await assert.rejects(pool.run(short), { code: 'ERR_POOL_QUEUE_FULL' });
    const ready = pool.ready();
    pool.resize(2);
    await ready;
    await pool.run(short);
    await free();
    await pool.close();
  });

  test(`${kind}: map uses the new size`, async () => {
    const { pool } = create(1);
    const results = await pool.map(
      (function* () {
        for (let i = 0; i < 100; i++) {
          if (i === 10) pool.resize(4);
          if (i === 60) pool.resize(1);
          yield short;
        }
      })(),
    );
    assert.equal(results.length, 100);
    await pool.close();
  });

  test(`${kind}: invalid sizes are refused, and a closed pool is not resized`, async () => {
    const { pool } = create(2);
    for (const size of [0, 1025, 1.5, '2', undefined, Number.NaN]) {
      assert.throws(() => pool.resize(size), { name: 'RangeError', code: 'ERR_OUT_OF_RANGE' });
    }
    assert.equal(pool.size, 2);
    assert.throws(() => Object.assign(pool, { size: 3 }), TypeError);
    await pool.close();
    assert.throws(() => pool.resize(3), { code: 'ERR_POOL_CLOSED' });
    for (const [options, code] of [
      [{ minSize: 3 }, 'ERR_OUT_OF_RANGE'],
      [{ minSize: -1 }, 'ERR_OUT_OF_RANGE'],
      [{ minSize: 1.5 }, 'ERR_OUT_OF_RANGE'],
      [{ minSize: '1' }, 'ERR_INVALID_ARG_TYPE'],
      [{ idleTimeout: -1 }, 'ERR_OUT_OF_RANGE'],
      [{ idleTimeout: '1' }, 'ERR_INVALID_ARG_TYPE'],
    ]) {
      assert.throws(() => new WorkerPool(2, worker, options), { code, message: /minSize|idleTimeout/ });
    }
  });
}

test('file: minSize threads are started at once, and others only for tasks', async () => {
  const pool = new WorkerPool(16, FILE, { minSize: 2 });
  assert.equal(pool.stats().threads, 2);
  await Promise.all([pool.run({ act: 'return' }), pool.run({ act: 'return' })]);
  assert.equal(pool.stats().threads, 2);
  await pool.close();
});

test('file: without minSize threads, tasks reject with what Worker throws for its options', async () => {
  const pool = new WorkerPool(1, FILE, { minSize: 0, workerOptions: { workerData: () => {} } });
  const crash = once(pool, 'crash');
  for (let i = 0; i < 2; i++) {
    await assert.rejects(pool.run({ act: 'return' }), ({ code, cause }) => {
      assert.equal(code, 'ERR_WORKER_INIT_FAILED');
      assert.equal(cause.name, 'DataCloneError');
      return true;
    });
  }
  assert.equal((await crash)[0].code, 'ERR_WORKER_INIT_FAILED');
  await pool.close();
});

test('file: close waits for threads that end because they were idle', async () => {
  const pool = new WorkerPool(1, FILE, { minSize: 0, idleTimeout: 0 });
  const flag = new Int32Array(new SharedArrayBuffer(4));
  await pool.run({ act: 'delay exit', flag });
  await until(() => pool.stats().threads === 0);
  const closed = pool.close();
  await sleep(20);
  assert.equal(Atomics.load(flag, 0), 0);
  Atomics.store(flag, 0, 1);
  Atomics.notify(flag, 0);
  await closed;
  assert.equal(Atomics.load(flag, 0), 2, 'the exit handler has run to its end');
});

test('file: a task that arrives while an idle thread ends runs on another one at once', async () => {
  const pool = new WorkerPool(1, FILE, { minSize: 0, idleTimeout: 0 });
  const flag = new Int32Array(new SharedArrayBuffer(4));
  await pool.run({ act: 'delay exit', flag });
  await until(() => pool.stats().threads === 0);
  await pool.run({ act: 'return' });
  await pool.close({ force: true });
  assert.equal(Atomics.load(flag, 0), 0, 'a forced close terminates the thread');
});

test('file: a thread above minSize that crashes is reported as usual', async () => {
  const pool = new WorkerPool(2, FILE, { minSize: 0, idleTimeout: 5 });
  const crash = once(pool, 'crash');
  await assert.rejects(pool.run({ act: 'exit' }), { code: 'ERR_POOL_CRASH' });
  await crash;
  await pool.run({ act: 'return' });
  await pool.close();
});

/** Starts `count` long tasks, and waits until they run. @returns what ends them. */
async function occupied(pool, occupy, count, running = count) {
  const free = occupy(count);
  await until(() => pool.stats().running === running && pool.stats().queued === 0 && pool.stats().threads >= running);
  return free;
}
