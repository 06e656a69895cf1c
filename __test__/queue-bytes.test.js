'use strict';

const { test } = require('node:test');
const assert = require('node:assert/strict');
const { once } = require('node:events');
const { WorkerPool, freshGate, openGate } = require('./support/build-with-test-workers');

const TASKS = { report: 'native:test-report', hash: 'native:hash' };
const queueFull = { name: 'Error', code: 'ERR_POOL_QUEUE_FULL', message: 'Backpressure: task queue is full' };

/** A pool of one worker that waits at a gate. `release` opens that. */
function busyPool(options) {
  const pool = new WorkerPool(1, TASKS, options);
  const gate = freshGate();
  const running = pool.run([0, gate], { name: 'report' });
  return {
    pool,
    running,
    hash: (length, more) => pool.run({ data: Buffer.alloc(length) }, { name: 'hash', ...more }),
    release: () => {
      openGate(gate);
      return running;
    },
  };
}

const code = (task) =>
  task.then(
    () => 'completed',
    (error) => error.code,
  );

test('queuedBytes is the size of the data of waiting tasks, with and without a limit', async () => {
  for (const options of [undefined, { maxQueueBytes: 1e6 }, { maxQueue: 10 }]) {
    const { pool, hash, release } = busyPool(options);
    assert.equal(pool.stats().queuedBytes, 0);
    const tasks = [hash(1000), hash(0), hash(500)];
    tasks.push(pool.run({ data: 'é', key: 'key' }, { name: 'hash' }));
    assert.equal(pool.stats().queuedBytes, 1505);
    await release();
    await Promise.all(tasks);
    assert.equal(pool.stats().queuedBytes, 0);
    await pool.close();
  }
});

test('the task that runs does not count, nor one with bad data', async () => {
  const pool = new WorkerPool(1, 'native:hash', { maxQueueBytes: 10 });
  const large = pool.run({ data: Buffer.alloc(1e6) });
  assert.equal(pool.stats().queuedBytes, 0);
  const bad = pool.run({ data: Buffer.alloc(1e6), unknown: 1 });
  await assert.rejects(bad, { code: 'ERR_INVALID_ARG_VALUE' });
  await large;
  await pool.close();
});

test('items of lists and records count, whatever their type', async () => {
  const { pool, release } = busyPool({ maxQueueBytes: 100_000 });
  const run = (data) => pool.run(data, { name: 'report' });
  const numbers = Array.from({ length: 1000 }, () => 1);
  for (const data of [[numbers], numbers, [numbers.map(() => null)], [Object.fromEntries(numbers.entries())]]) {
    const before = pool.stats().queuedBytes;
    const controller = new AbortController();
    const task = pool.run(data, { name: 'report', signal: controller.signal });
    const counted = pool.stats().queuedBytes - before;
    assert.ok(counted > 8 * 900 && counted < 100_000, `${counted}`);
    controller.abort();
    await assert.rejects(task, { code: 'ABORT_ERR' });
    assert.equal(pool.stats().queuedBytes, before);
  }
  const tasks = [run([Array.from({ length: 2000 }, () => true)])];
  await assert.rejects(run([Array.from({ length: 2000 }, () => true)]), queueFull);
  await release();
  await Promise.allSettled(tasks); // the task does not accept such data
  await pool.close();
});

test('a task is refused whose bytes do not fit, and admitted up to the last byte', async () => {
  const { pool, hash, release } = busyPool({ maxQueueBytes: 100 });
  const first = hash(60);
  await assert.rejects(hash(41), queueFull);
  const second = hash(40);
  assert.equal(pool.stats().queuedBytes, 100);
  await assert.rejects(hash(1), queueFull);
  const empty = hash(0);
  assert.equal(pool.stats().refused, 2);
  await release();
  await Promise.all([first, second, empty]);
  await pool.close();
});

test('one task that is larger than the limit is accepted when nothing else waits', async () => {
  const { pool, hash, release } = busyPool({ maxQueueBytes: 100 });
  const large = hash(101);
  assert.equal(pool.stats().queuedBytes, 101);
  await assert.rejects(hash(1), queueFull);
  await assert.rejects(hash(0), queueFull);
  await release();
  await large;
  await pool.close();

  const other = busyPool({ maxQueueBytes: 100 });
  const small = other.hash(1);
  await assert.rejects(other.hash(101), queueFull);
  await other.release();
  await small;
  await other.pool.close();
});

test('with maxQueueBytes 0, one task waits at a time', async () => {
  const { pool, hash, release } = busyPool({ maxQueueBytes: 0 });
  const waiting = hash(10);
  await assert.rejects(hash(1), queueFull);
  await release();
  await waiting;
  await pool.close();
});

test('maxQueue holds along with maxQueueBytes', async () => {
  const { pool, hash, release } = busyPool({ maxQueue: 2, maxQueueBytes: 100 });
  const tasks = [hash(1), hash(1)];
  await assert.rejects(hash(1), queueFull);
  await release();
  await Promise.all(tasks);
  await pool.close();
});

test('ready waits until there is room for bytes, and then run is accepted', async () => {
  const { pool, hash, release } = busyPool({ maxQueueBytes: 100 });
  await pool.ready();
  const first = hash(100);
  await assert.rejects(hash(100), queueFull);
  let isReady = false;
  const ready = pool.ready().then(() => {
    isReady = true;
    return hash(100);
  });
  await new Promise(setImmediate);
  assert.equal(isReady, false);
  await release();
  await ready;
  await first;
  await pool.close();
});

test("'drain' is emitted when there is room after a refusal", async () => {
  const { pool, hash, release } = busyPool({ maxQueueBytes: 100 });
  const waiting = hash(100);
  await assert.rejects(hash(1), queueFull);
  const drained = once(pool, 'drain');
  assert.equal(pool.stats().queuedBytes, 100);
  await release();
  await drained;
  assert.equal(await code(hash(1)), 'completed');
  await waiting;
  await pool.close();
});

test('an abort, a queue timeout and a forced close free the bytes', async () => {
  const { pool, hash, running } = busyPool({ maxQueueBytes: 300 });
  const controller = new AbortController();
  const aborted = hash(100, { signal: controller.signal });
  const late = hash(100, { queueTimeout: 5 });
  const kept = code(hash(100));
  await assert.rejects(hash(1), queueFull);
  controller.abort();
  assert.equal(pool.stats().queuedBytes, 200);
  await assert.rejects(aborted, { code: 'ABORT_ERR' });
  await assert.rejects(late, { code: 'ERR_POOL_QUEUE_TIMEOUT' });
  assert.equal(pool.stats().queuedBytes, 100);
  const admitted = code(hash(200));
  assert.equal(pool.stats().queuedBytes, 300);
  const stopped = code(running);
  pool.close({ force: true });
  assert.equal(await stopped, 'ERR_POOL_CLOSED');
  assert.equal(await kept, 'ERR_POOL_CLOSED');
  assert.equal(await admitted, 'ERR_POOL_CLOSED');
  assert.equal(pool.stats().queuedBytes, 0);
  await pool.close();
});

test('an aborted task lets a caller in that waits with ready', async () => {
  const { pool, hash, release } = busyPool({ maxQueueBytes: 100 });
  const controller = new AbortController();
  const aborted = code(hash(100, { signal: controller.signal }));
  await assert.rejects(hash(50), queueFull);
  const next = pool.ready().then(() => hash(50));
  controller.abort();
  assert.equal(await aborted, 'ABORT_ERR');
  while (pool.stats().queuedBytes === 0) await new Promise(setImmediate);
  assert.equal(pool.stats().queuedBytes, 50);
  await release();
  await next;
  await pool.close();
});

test('priorities do not change the count of bytes', async () => {
  const { pool, hash, release } = busyPool({ maxQueueBytes: 1000 });
  const tasks = [3, -1, 0, 5].map((priority, i) => hash(100 * (i + 1), { priority }));
  assert.equal(pool.stats().queuedBytes, 1000);
  await release();
  await Promise.all(tasks);
  assert.equal(pool.stats().queuedBytes, 0);
  await pool.close();
});

test('map and stream wait for bytes instead of being refused', async () => {
  const pool = new WorkerPool(2, 'native:hash', { maxQueueBytes: 1000 });
  const items = Array.from({ length: 300 }, (_, i) => ({ data: Buffer.alloc(10 * (i % 150)), algorithm: 'crc32' }));
  const hashes = await pool.map(items);
  const streamed = [];
  for await (const hash of pool.stream(items)) streamed.push(hash);
  assert.deepEqual(streamed, hashes);
  assert.equal(pool.stats().completed, 600);
  await pool.close();
});

test('a map that waits for bytes is aborted, and ends when the pool is closed', async () => {
  for (const force of [true, false]) {
    const { pool, hash, running, release } = busyPool({ maxQueueBytes: 100 });
    const waiting = code(hash(60));
    const controller = new AbortController();
    const items = Array.from({ length: 20 }, () => ({ data: Buffer.alloc(50) }));
    const aborted = pool.map(items, { name: 'hash', signal: controller.signal });
    const closed = pool.map(items, { name: 'hash' });
    await new Promise(setImmediate);
    controller.abort('enough');
    await assert.rejects(aborted, { code: 'ABORT_ERR', cause: 'enough' });
    const outcomes = Promise.all([code(running), waiting, code(closed)]);
    const end = pool.close({ force });
    if (!force) await release();
    const [first, second, third] = await outcomes;
    assert.equal(third, 'ERR_POOL_CLOSED');
    assert.deepEqual([first, second], force ? ['ERR_POOL_CLOSED', 'ERR_POOL_CLOSED'] : ['completed', 'completed']);
    await end;
  }
});

test('one large item among small ones of a map waits until nothing else does', async () => {
  const pool = new WorkerPool(1, 'native:hash', { maxQueueBytes: 1000 });
  const items = Array.from({ length: 200 }, (_, i) => ({ data: Buffer.alloc(i % 10 === 5 ? 5000 : 100) }));
  const hashes = await Promise.all([pool.map(items), pool.map(items), pool.map(items)]);
  assert.equal(new Set(hashes.flat()).size, 2);
  await pool.close();
});

test('maxQueueBytes must be a non-negative number', async () => {
  for (const maxQueueBytes of [-1, NaN, -Infinity]) {
    assert.throws(() => new WorkerPool(1, 'native', { maxQueueBytes }), {
      code: 'ERR_OUT_OF_RANGE',
      message: /maxQueueBytes/,
    });
  }
  assert.throws(() => new WorkerPool(1, 'native', { maxQueueBytes: '5' }), { code: 'ERR_INVALID_ARG_TYPE' });
  await new WorkerPool(1, 'native', { maxQueueBytes: Infinity }).close();
});
