'use strict';

// RemotePool: the behaviour of a WorkerPool, with the workers of other processes (here: of the same one).

const assert = require('node:assert/strict');
const path = require('node:path');
const { after, before, test } = require('node:test');
const { Worker } = require('bullmq');
const { Redis } = require('ioredis');
const { RemotePool } = require('..');
const { fixtures, until } = require('./support/fixtures');
const { skipReason, TestRedis } = require('./support/redis');

const skip = skipReason();
const tasks = path.join(__dirname, 'fixtures/tasks.js');
const options = { skip, timeout: 30_000 };
let redis;
before(async () => {
  if (!skip) redis = await TestRedis.start();
});
after(() => redis?.stop());

/** The keys of a queue that hold jobs or results, without those that BullMQ keeps per queue. */
async function leftKeys(queue) {
  const keys = await redis.admin.keys(`bull:${queue}:*`);
  const own = ['meta', 'id', 'events', 'stalled-check', 'marker', 'pc', 'stalled'];
  return keys.filter((key) => !own.includes(key.slice(`bull:${queue}:`.length)));
}

/** Checks the counts that must hold at every moment. */
function checkCounts(stats) {
  const { submitted, completed, failed, aborted, timedOut, queued, running } = stats;
  assert.equal(submitted, completed + failed + aborted + timedOut + queued + running, JSON.stringify(stats));
}

test('run returns the result, and nothing is left in Redis', options, async (t) => {
  const { queue, serve, remote } = fixtures(t, redis);
  const { worker } = serve(tasks);
  const pool = remote();
  assert.equal(await pool.run({ a: 1, b: 2 }, { name: 'add' }), 3);
  assert.deepEqual(await pool.run({ default: true }), { default: true });
  const big = await pool.run(100_000, { name: 'big' });
  assert.equal(big.length, 100_000);
  await assert.rejects(pool.run(1, { name: 'fail' }));
  await pool.close();
  await worker.close();
  assert.deepEqual(await leftKeys(queue), []);
});

test('values arrive identical in both directions', options, async (t) => {
  const { serve, remote } = fixtures(t, redis);
  serve(tasks);
  const pool = remote();
  const value = {
    date: new Date(5),
    nothing: undefined,
    nan: Number.NaN,
    zero: -0,
    big: 2n ** 70n,
    bytes: new Uint8Array([200, 1]),
    map: new Map([[1, new Set(['a'])]]),
    list: [undefined, null],
  };
  assert.deepStrictEqual(await pool.run(value, { name: 'echo' }), value);
  for (const each of [undefined, null, 0, '', false, 5n]) assert.equal(await pool.run(each, { name: 'echo' }), each);
  assert.equal(await pool.run(1, { name: 'undefinedResult' }), undefined);
});

test('native tasks accept bytes and return buffers', options, async (t) => {
  const { serve, remote } = fixtures(t, redis);
  serve('native');
  const pool = remote();
  const packed = await pool.run({ data: Buffer.alloc(50_000, 'ab') }, { name: 'compress' });
  assert.ok(Buffer.isBuffer(packed));
  assert.deepEqual(await pool.run({ data: packed }, { name: 'decompress' }), Buffer.alloc(50_000, 'ab'));
});

test('errors arrive whole', options, async (t) => {
  const { serve, remote } = fixtures(t, redis);
  serve(tasks);
  const pool = remote();
  const error = await pool.run(1, { name: 'fail' }).catch((reason) => reason);
  assert.ok(error instanceof TypeError);
  assert.deepEqual(
    [error.name, error.message, error.code, error.details],
    ['CustomError', 'custom', 'E_CUSTOM', { limit: 7n }],
  );
  assert.equal(error.cause.constructor, RangeError);
  assert.match(error.stack, /tasks\.js/);
  assert.equal(await pool.run('text', { name: 'throwValue' }).catch((reason) => reason), 'text');
  assert.equal(await pool.run(undefined, { name: 'throwValue' }).catch((reason) => [reason][0]), undefined);
  for (const name of ['DelayedError', 'WaitingChildrenError', 'UnrecoverableError']) {
    await assert.rejects(pool.run({ name, message: 'm' }, { name: 'failAs' }), { name, message: 'm' });
  }
  await assert.rejects(pool.run({ name: 'Error', message: 'bullmq:rateLimitExceeded' }, { name: 'failAs' }), {
    message: 'bullmq:rateLimitExceeded',
  });
});

test('a thread that dies rejects its task with ERR_POOL_CRASH, once', options, async (t) => {
  const { serve, remote } = fixtures(t, redis);
  const { pool: local } = serve(tasks);
  const pool = remote();
  await assert.rejects(pool.run(3, { name: 'exit' }), { code: 'ERR_POOL_CRASH', message: 'Worker exited with code 3' });
  assert.equal(local.stats().submitted, 1);
});

test('an unknown task rejects with ERR_POOL_TASK_NOT_FOUND', options, async (t) => {
  const { serve, remote } = fixtures(t, redis);
  serve(tasks);
  await assert.rejects(remote().run(1, { name: 'nope' }), { code: 'ERR_POOL_TASK_NOT_FOUND', message: /echo/ });
});

test('onProgress receives all values in order before the promise settles', options, async (t) => {
  const { serve, remote } = fixtures(t, redis);
  serve(tasks);
  const steps = [];
  await remote().run(20, { name: 'progress', onProgress: ({ step }) => steps.push(step) });
  assert.deepEqual(
    steps,
    Array.from({ length: 20 }, (_, index) => index + 1),
  );
});

test('a higher priority starts first; 0 is the default, negative ones come last', options, async (t) => {
  const { queue, remote } = fixtures(t, redis);
  const pool = remote();
  const order = [];
  const run = async (label, priority) => {
    await pool.run(label, { name: 'echo', priority });
    order.push(label);
  };
  const priorities = [undefined, -5, 5, 0, 2 ** 40, -(2 ** 40), 5];
  const all = priorities.map((priority, index) => run('abcdefg'[index], priority));
  // They wait in Redis until a server comes.
  await until(async () => (await redis.admin.zcard(`bull:${queue}:prioritized`)) === 7);
  fixtures(t, redis, queue).serve(tasks, { size: 1, concurrency: 1 });
  await Promise.all(all);
  assert.equal(order.join(''), 'ecgadbf');
});

test('tasks that wait in the process keep the order of priority', options, async (t) => {
  const { serve, remote } = fixtures(t, redis);
  serve(tasks, { size: 1, concurrency: 1 });
  const pool = remote({ maxInFlight: 1 });
  const order = [];
  const run = async (label, priority) => order.push(await pool.run(label, { name: 'echo', priority }));
  await Promise.all([run('a'), run('b', 1), run('c', -1), run('d', 1), run('e')]);
  assert.equal(order.join(''), 'bdaec');
});

test('maxInFlight bounds the jobs in Redis; maxQueue bounds what waits', options, async (t) => {
  const { queue, serve, remote } = fixtures(t, redis);
  const pool = remote({ maxInFlight: 3, maxQueue: 2 });
  const running = [1, 2, 3, 4, 5].map((n) => pool.run(n, { name: 'echo' }));
  await assert.rejects(pool.run(6), { code: 'ERR_POOL_QUEUE_FULL', message: 'Backpressure: task queue is full' });
  await until(async () => (await redis.admin.zcard(`bull:${queue}:prioritized`)) === 3);
  assert.deepEqual([pool.stats().running, pool.stats().queued, pool.stats().refused], [3, 2, 1]);
  checkCounts(pool.stats());
  const ready = pool.ready();
  assert.equal(await Promise.race([ready, Promise.resolve('waits')]), 'waits');
  serve(tasks);
  await ready;
  assert.equal(await pool.run(7, { name: 'echo' }), 7);
  assert.deepEqual(await Promise.all(running), [1, 2, 3, 4, 5]);
});

test('loops that await ready() are never refused', options, async (t) => {
  const { serve, remote } = fixtures(t, redis);
  serve(tasks);
  const pool = remote({ maxInFlight: 2, maxQueue: 1 });
  const results = [];
  await Promise.all(
    [1, 2, 3, 4, 5].map(async (loop) => {
      for (let n = 0; n < 10; n++) {
        await pool.ready();
        pool.run(loop * 100 + n, { name: 'echo' }).then((result) => results.push(result));
      }
    }),
  );
  await pool.close();
  assert.equal(results.length, 50);
  assert.equal(pool.stats().refused, 0);
});

test('an aborted task that waits is removed from Redis', options, async (t) => {
  const { queue, remote } = fixtures(t, redis);
  const pool = remote();
  const controller = new AbortController();
  const result = pool.run(1, { signal: controller.signal });
  await until(async () => (await redis.admin.zcard(`bull:${queue}:prioritized`)) === 1);
  controller.abort('why');
  await assert.rejects(result, { name: 'AbortError', code: 'ABORT_ERR', cause: 'why' });
  await pool.close();
  assert.deepEqual(await leftKeys(queue), []);
});

for (const [title, name, data] of [
  ['native', 'fib', 78],
  [tasks, 'forever', 1],
]) {
  test(`an aborted task that runs is stopped: ${path.basename(title)}`, options, async (t) => {
    const { queue, serve, remote } = fixtures(t, redis);
    const { pool: local, worker } = serve(title);
    const pool = remote();
    const controller = new AbortController();
    const result = pool.run(data, { name, signal: controller.signal });
    await until(() => local.stats().running === 1);
    controller.abort();
    await assert.rejects(result, { code: 'ABORT_ERR' });
    await until(() => local.stats().idle === 2);
    await worker.close();
    await pool.close();
    const left = await leftKeys(queue);
    for (const key of left) assert.ok((await redis.admin.pttl(key)) > 0, `${key} expires`);
    assert.deepEqual(
      left.filter((key) => !key.includes(':nwp:cancel:')),
      [],
    );
  });
}

test('a task that is aborted at once never arrives, or is removed', options, async (t) => {
  const { queue, serve, remote } = fixtures(t, redis);
  const pool = remote();
  await pool.run(1, { queueTimeout: 1 }).catch(() => {}); // connects
  const controller = new AbortController();
  const results = Array.from({ length: 50 }, () => pool.run(1, { name: 'echo', signal: controller.signal }));
  queueMicrotask(() => queueMicrotask(() => controller.abort()));
  for (const { reason } of await Promise.allSettled(results)) assert.equal(reason.code, 'ABORT_ERR');
  await pool.close();
  assert.deepEqual(await leftKeys(queue), []);
  const { pool: local } = serve(tasks);
  assert.equal(local.stats().submitted, 0);
});

test('many tasks share a signal without a warning', options, async (t) => {
  const { serve, remote } = fixtures(t, redis);
  serve(tasks);
  const warnings = [];
  const warned = (warning) => warnings.push(warning);
  process.on('warning', warned);
  const { signal } = new AbortController();
  const pool = remote();
  await Promise.all(Array.from({ length: 30 }, (_, n) => pool.run(n, { name: 'echo', signal })));
  await Promise.all(Array.from({ length: 12 }, () => pool.map([1, 2], { name: 'echo', signal })));
  process.off('warning', warned);
  assert.deepEqual(warnings, []);
});

test('timeout counts from the start, at the server', options, async (t) => {
  const { serve, remote } = fixtures(t, redis);
  const { pool: local } = serve('native');
  const pool = remote();
  await assert.rejects(pool.run(78, { name: 'fib', timeout: 50 }), { code: 'ERR_POOL_TIMEOUT' });
  await until(() => local.stats().idle === 2);
  assert.equal(pool.stats().timedOut, 1);
});

test('queueTimeout removes a task that waits, and spares one that runs', options, async (t) => {
  const { queue, serve, remote } = fixtures(t, redis);
  const pool = remote({ maxInFlight: 2 });
  const waiting = Array.from({ length: 3 }, () => pool.run(1, { queueTimeout: 50 }));
  for (const { reason } of await Promise.allSettled(waiting)) assert.equal(reason.code, 'ERR_POOL_QUEUE_TIMEOUT');
  assert.equal(pool.stats().timedOut, 3);
  serve(tasks);
  assert.equal(await pool.run(300, { name: 'wait', queueTimeout: 200 }), 'waited');
  await pool.close();
  assert.deepEqual(await leftKeys(queue), []);
});

test('map returns the results in order, and stops at the first error', options, async (t) => {
  const { serve, remote } = fixtures(t, redis);
  const { pool: local } = serve(tasks);
  const pool = remote({ maxInFlight: 4 });
  const progress = [];
  const items = Array.from({ length: 30 }, (_, n) => n);
  assert.deepEqual(await pool.map(items, { name: 'echo', onProgress: (p) => progress.push(p) }), items);
  assert.deepEqual([progress.length, progress.at(-1)], [30, { done: 30, total: 30 }]);
  let returned = false;
  async function* source() {
    try {
      yield 60_000;
      yield 'not a number of milliseconds';
      for (;;) yield 60_000;
    } finally {
      returned = true;
    }
  }
  const failing = pool.map(source(), { name: 'wait' });
  await assert.rejects(failing);
  assert.ok(returned);
  await until(() => local.stats().idle === 2);
  checkCounts(pool.stats());
});

test('map and stream reject when the signal aborts, the source fails or items are none', options, async (t) => {
  const { serve, remote } = fixtures(t, redis);
  serve(tasks);
  const pool = remote();
  const controller = new AbortController();
  const aborted = pool.map([60_000], { name: 'wait', signal: controller.signal });
  await until(() => pool.stats().running === 1);
  controller.abort();
  await assert.rejects(aborted, { code: 'ABORT_ERR' });
  await assert.rejects(pool.map([1], { signal: controller.signal }), { code: 'ABORT_ERR' });
  const broken = (function* () {
    yield 1;
    throw new Error('source');
  })();
  await assert.rejects(pool.map(broken, { name: 'echo' }), { message: 'source' });
  await assert.rejects(pool.map(5), { code: 'ERR_INVALID_ARG_TYPE' });
  assert.throws(() => pool.stream(5), { code: 'ERR_INVALID_ARG_TYPE' });
  await assert.rejects(pool.map([1], { name: 'echo', onProgress: () => assert.fail('thrown') }), { message: 'thrown' });
});

test('stream yields in order, or as results arrive', options, async (t) => {
  const { serve, remote } = fixtures(t, redis);
  serve(tasks, { size: 3 });
  const pool = remote({ maxInFlight: 3 });
  const values = [];
  for await (const value of pool.stream([1, 2, 3, 4, 5, 6], { name: 'echo' })) values.push(value);
  assert.deepEqual(values, [1, 2, 3, 4, 5, 6]);
  const unordered = [];
  for await (const value of pool.stream([1, 2, 3, 4], { name: 'echo', ordered: false })) unordered.push(value);
  assert.deepEqual(unordered.sort(), [1, 2, 3, 4]);
});

test('stream pulls a bounded number ahead and stops when its loop is left', options, async (t) => {
  const { serve, remote } = fixtures(t, redis);
  serve(tasks);
  const pool = remote({ maxInFlight: 3 });
  let pulled = 0;
  let returned = false;
  function* source() {
    try {
      for (;;) yield pulled++;
    } finally {
      returned = true;
    }
  }
  for await (const value of pool.stream(source(), { name: 'echo' })) if (value === 5) break;
  assert.ok(pulled <= 10, `${pulled} items were pulled`);
  assert.ok(returned);
});

test('data and results beyond maxPayload are refused', options, async (t) => {
  const { serve, remote } = fixtures(t, redis);
  serve(tasks);
  const pool = remote({ maxPayload: 1000 });
  const tooLarge = (what) => ({
    name: 'RangeError',
    code: 'ERR_BUFFER_TOO_LARGE',
    message: new RegExp(`^${what}.*maxPayload.*1000 bytes.*URL`),
  });
  await assert.rejects(pool.run(Buffer.alloc(1000), { name: 'echo' }), tooLarge('data'));
  await assert.rejects(pool.run(1000, { name: 'big' }), tooLarge('result'));
  assert.equal((await pool.run(500, { name: 'big' })).length, 500);
  assert.equal(pool.stats().submitted, 2);
});

test('what cannot travel is refused: data, a result', options, async (t) => {
  const { remote } = fixtures(t, redis);
  await assert.rejects(remote().run({ f() {} }), { code: 'ERR_INVALID_ARG_VALUE', message: /data\.f is a function/ });
});

test('bad options reject, bad arguments of the constructor throw', { timeout: 10_000 }, async () => {
  const pool = new RemotePool('q');
  await assert.rejects(pool.run(1, { timeouts: 1 }), { code: 'ERR_INVALID_ARG_VALUE' });
  await assert.rejects(pool.run(1, { priority: 1.5 }), { code: 'ERR_OUT_OF_RANGE' });
  await assert.rejects(pool.run(1, { transfer: [] }), { code: 'ERR_INVALID_ARG_VALUE', message: /transfer/ });
  await assert.rejects(pool.run(1, { signal: AbortSignal.abort() }), { code: 'ABORT_ERR' });
  assert.throws(() => new RemotePool(''), { code: 'ERR_INVALID_ARG_TYPE' });
  assert.throws(() => new RemotePool('a:b'), { code: 'ERR_OUT_OF_RANGE' });
  assert.throws(() => new RemotePool('q', { maxInFlight: 0 }), { code: 'ERR_OUT_OF_RANGE' });
  assert.throws(() => new RemotePool('q', { nope: 1 }), { code: 'ERR_INVALID_ARG_VALUE' });
  await pool.close();
  await assert.rejects(pool.run(1), { code: 'ERR_POOL_CLOSED', message: 'Pool is closing' });
  await assert.rejects(pool.ready(), { code: 'ERR_POOL_CLOSED' });
});

test('close waits for all tasks; force rejects them and stops their servers', options, async (t) => {
  const { serve, remote } = fixtures(t, redis);
  const { pool: local } = serve(tasks);
  const graceful = remote({ maxInFlight: 1 });
  const results = [graceful.run(100, { name: 'wait' }), graceful.run(1, { name: 'echo' })];
  await graceful.close();
  assert.deepEqual(await Promise.all(results), ['waited', 1]);

  const forced = remote({ maxInFlight: 1 });
  const rejected = [forced.run(60_000, { name: 'wait' }), forced.run(1)];
  await until(() => local.stats().running === 1);
  const closed = forced.close({ timeout: 100 });
  for (const { reason } of await Promise.allSettled(rejected)) assert.equal(reason.code, 'ERR_POOL_CLOSED');
  await closed;
  checkCounts(forced.stats());
  await until(() => local.stats().idle === 2);
});

test('the results of another processor arrive, too', options, async (t) => {
  const { queue, remote } = fixtures(t, redis);
  const worker = new Worker(
    queue,
    async (job) => (job.name === 'bad' ? assert.fail('foreign') : { job: job.name }),
    redis,
  );
  t.after(() => worker.close(true));
  const pool = remote();
  assert.deepEqual(await pool.run(1, { name: 'good' }), { job: 'good' });
  await assert.rejects(pool.run(1, { name: 'bad' }), { message: 'foreign' });
  await pool.close();
  assert.deepEqual(await leftKeys(queue), []);
});

test('lost messages delay results, but lose none', options, async (t) => {
  const { serve, remote } = fixtures(t, redis);
  serve(tasks);
  const pool = remote();
  await pool.run(1, { name: 'echo' });
  // Redis refuses every PUBLISH from now on.
  await redis.admin.acl('SETUSER', 'default', '-publish');
  t.after(() => redis.admin.acl('SETUSER', 'default', '+publish'));
  const results = await Promise.all([1, 2, 3].map((n) => pool.run(n, { name: 'echo' })));
  assert.deepEqual(results, [1, 2, 3]);
});

test('jobs that Redis has lost are added again', options, async (t) => {
  const { queue, serve, remote } = fixtures(t, redis);
  const pool = remote();
  const results = [1, 2, 3].map((n) => pool.run(n, { name: 'echo' }));
  await until(async () => (await redis.admin.zcard(`bull:${queue}:prioritized`)) === 3);
  await redis.admin.flushall();
  serve(tasks);
  assert.deepEqual(await Promise.all(results), [1, 2, 3]);
});

test('results that nobody reads expire', options, async (t) => {
  const { queue, serve, remote } = fixtures(t, redis);
  const { worker } = serve(tasks);
  const pool = remote({ resultTTL: 1000 });
  await redis.admin.acl('SETUSER', 'default', '-publish');
  t.after(() => redis.admin.acl('SETUSER', 'default', '+publish'));
  const completed = new Promise((resolve) => worker.once('completed', resolve));
  const controller = new AbortController();
  pool.run(1, { name: 'echo', signal: controller.signal }).catch(() => {});
  const { id } = await completed;
  assert.ok((await redis.admin.pttl(`bull:${queue}:nwp:outcome:${id}`)) <= 1000);
  controller.abort();
});

test('a client of ioredis can be the connection, and stays open', options, async (t) => {
  const { serve, remote } = fixtures(t, redis);
  serve(tasks);
  const client = new Redis(redis.connection);
  t.after(() => client.disconnect());
  const pool = remote({ connection: client });
  assert.equal(await pool.run(1, { name: 'echo' }), 1);
  await pool.close();
  assert.equal(await client.ping(), 'PONG');
});

test('a Redis that cannot be reached rejects tasks within 10 seconds', { timeout: 30_000 }, async () => {
  const pool = new RemotePool('q', { connection: { host: '127.0.0.1', port: 1 } });
  const start = performance.now();
  await assert.rejects(pool.run(1), { code: 'ERR_POOL_UNREACHABLE', message: /ECONNREFUSED/ });
  assert.ok(performance.now() - start >= 9_900);
  await pool.close();
});
