'use strict';

// What goes wrong between machines. Every task settles, once, and with its result unless the test says otherwise.

const assert = require('node:assert/strict');
const path = require('node:path');
const { setTimeout: sleep } = require('node:timers/promises');
const { test } = require('node:test');
const { fixtures, until } = require('./support/fixtures');
const { Program, startServer } = require('./support/processes');
const { skipReason, TestRedis } = require('./support/redis');

const skip = skipReason();
const isFull = process.env.NATIVE_WORKER_POOL_FULL === '1';
const tasks = path.join(__dirname, 'fixtures/tasks.js');
const producer = path.join(__dirname, 'fixtures/producer.js');
const options = { skip, timeout: 120_000 };
const fullOptions = { skip: skip || (isFull ? false : 'takes long: run with --full'), timeout: 180_000 };

/** A Redis and what a test needs with it. */
async function setUp(t, ...redisArguments) {
  const redis = await TestRedis.start(...redisArguments);
  const all = fixtures(t, redis);
  t.after(() => redis.stop());
  return { redis, ...all };
}

/** Runs `count` tasks and counts how often each promise settles. */
function runMany(pool, count, data, runOptions) {
  const settled = new Array(count).fill(0);
  const results = Array.from({ length: count }, (_, index) =>
    pool.run(typeof data === 'function' ? data(index) : data, runOptions).finally(() => settled[index]++),
  );
  return { settled, results };
}

/** Checks that each task has its own result, and that the counts agree. */
async function checkAll(pool, { settled, results }, expected) {
  assert.deepEqual(await Promise.all(results), expected);
  assert.ok(settled.every((times) => times === 1));
  const { submitted, completed, queued, running } = pool.stats();
  assert.deepEqual([submitted, completed, queued, running], [expected.length, expected.length, 0, 0]);
}

/** Numbers from 0 to 1, the same for each seed. */
function randomNumbers(seed) {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
    return state / 0x80000000;
  };
}

const indexes = (count) => Array.from({ length: count }, (_, index) => index);

test('kill -9 of a server in the middle of 200 tasks', options, async (t) => {
  const { redis, queue, remote } = await setUp(t);
  const servers = await Promise.all([1, 2].map(() => startServer(t, redis, queue, '--size', '2', tasks)));
  const pool = remote();
  const many = runMany(pool, 200, 20, { name: 'wait' });
  await until(() => pool.stats().completed > 50);
  servers[0].kill('SIGKILL');
  const start = performance.now();
  await checkAll(pool, many, new Array(200).fill('waited'));
  t.diagnostic(`all tasks were done ${Math.round(performance.now() - start)} ms after the kill`);
});

test('a task that kills its server twice rejects with ERR_POOL_CRASH', fullOptions, async (t) => {
  const { redis, queue, remote } = await setUp(t);
  const pool = remote();
  const killed = pool.run(1, { name: 'forever' });
  for (let time = 0; time < 2; time++) {
    const server = await startServer(t, redis, queue, '--size', '1', tasks);
    // Not before the server has started it: BullMQ counts the starts in `ats`.
    await until(async () => {
      const [id] = await redis.admin.lrange(`bull:${queue}:active`, 0, -1);
      return id !== undefined && (await redis.admin.hget(`bull:${queue}:${id}`, 'ats')) === String(time + 1);
    });
    server.kill('SIGKILL');
    await server.exited;
  }
  await startServer(t, redis, queue, '--size', '1', tasks);
  await assert.rejects(killed, { code: 'ERR_POOL_CRASH' });
  await pool.close();
});

test('a server that stands still for 10 seconds (SIGSTOP)', options, async (t) => {
  const { redis, queue, remote } = await setUp(t);
  const servers = await Promise.all([1, 2].map(() => startServer(t, redis, queue, '--size', '2', tasks)));
  const pool = remote();
  const many = runMany(pool, 100, 20, { name: 'wait' });
  await until(() => pool.stats().completed > 20);
  servers[0].kill('SIGSTOP');
  await sleep(10_000);
  servers[0].kill('SIGCONT');
  await checkAll(pool, many, new Array(100).fill('waited'));
  // It serves again.
  servers[1].kill('SIGKILL');
  assert.equal(await pool.run(1, { name: 'wait' }), 'waited');
});

test('a server that stands still for longer than its lock (SIGSTOP)', fullOptions, async (t) => {
  const { redis, queue, remote } = await setUp(t);
  const servers = await Promise.all([1, 2].map(() => startServer(t, redis, queue, '--size', '2', tasks)));
  const pool = remote();
  const many = runMany(pool, 100, 20, { name: 'wait' });
  await until(() => pool.stats().completed > 20);
  servers[0].kill('SIGSTOP');
  await checkAll(pool, many, new Array(100).fill('waited'));
  servers[0].kill('SIGCONT');
  servers[1].kill('SIGKILL');
  assert.equal(await pool.run(1, { name: 'wait' }), 'waited');
});

test('Redis is killed and starts again from its AOF, twice', options, async (t) => {
  const { redis, queue, remote } = await setUp(t, '--appendonly', 'yes', '--appendfsync', 'everysec');
  await startServer(t, redis, queue, '--size', '2', '--concurrency', '4', tasks);
  const pool = remote();
  const many = runMany(pool, 400, (index) => ({ a: index, b: 0 }), { name: 'add' });
  for (const [completed, down] of [
    [20, 300],
    [120, 2500],
  ]) {
    await until(() => pool.stats().completed > completed);
    await redis.kill();
    await sleep(down);
    await redis.start();
  }
  await checkAll(pool, many, indexes(400));
});

test('all sockets are cut five times', options, async (t) => {
  const { redis, queue, remote } = await setUp(t);
  await startServer(t, redis, queue, '--size', '2', '--concurrency', '4', tasks);
  const pool = remote();
  const many = runMany(pool, 600, (index) => ({ a: index, b: 0 }), { name: 'add' });
  const slow = runMany(remote(), 20, 100, { name: 'wait' });
  for (let time = 1; time <= 5; time++) {
    await until(() => pool.stats().completed > 80 * time);
    await redis.cutSockets();
  }
  await checkAll(pool, many, indexes(600));
  assert.deepEqual(await Promise.all(slow.results), new Array(20).fill('waited'));
});

test('a pool that is idle while its connections are cut serves again, each time', options, async (t) => {
  const { redis, serve, remote } = await setUp(t);
  serve(tasks);
  const pool = remote();
  const isSubscribed = async () => (await redis.admin.pubsub('CHANNELS', '*:nwp:reply:*')).length > 0;
  for (let time = 0; time < 4; time++) {
    assert.equal(await pool.run(time, { name: 'echo' }), time);
    await redis.cutSockets();
    await until(isSubscribed);
    // Now while tasks are in flight.
    const many = runMany(pool, 40, (index) => ({ a: index, b: 0 }), { name: 'add' });
    await redis.cutSockets();
    assert.deepEqual(await Promise.all(many.results), indexes(40));
  }
  await pool.close();
});

for (const seed of [1, 2, 3]) {
  test(`connections are cut at random moments, seed ${seed}`, options, async (t) => {
    const { redis, serve, remote } = await setUp(t);
    const { worker } = serve(tasks, { concurrency: 4, lockDuration: 4000, stalledInterval: 1500, maxStalledCount: 50 });
    const random = randomNumbers(seed);
    const pools = [remote({ maxInFlight: 20 }), remote()];
    let isOver = false;
    const cutting = (async () => {
      while (!isOver) {
        await sleep(random() * (random() < 0.2 ? 500 : 50));
        await redis.admin.client('KILL', 'SKIPME', 'yes', 'TYPE', random() < 0.5 ? 'normal' : 'pubsub');
      }
    })();
    /** @type {Promise<void>[]} */
    const all = [];
    const submit = (task) => {
      const controller = new AbortController();
      const isAborted = random() < 0.15;
      if (isAborted) setTimeout(() => controller.abort(), random() * 30);
      const options = { name: 'add', signal: controller.signal, priority: random() < 0.3 ? 3 : 0 };
      const result = pools[task % 2].run({ a: task, b: 0 }, options);
      const checked = result.then(
        (value) => assert.equal(value, task),
        (error) => assert.ok(isAborted && error.code === 'ABORT_ERR', error),
      );
      checked.catch(() => {}); // is awaited below
      all.push(checked);
    };
    for (let burst = 0; burst < 80; burst++) {
      const size = 1 + Math.floor(random() * (random() < 0.2 ? 60 : 3));
      for (let nth = 0; nth < size; nth++) submit(all.length);
      await sleep(random() * (random() < 0.2 ? 500 : 30)); // long enough to become idle, or not
    }
    isOver = true;
    await cutting;
    await Promise.all(all);
    for (const pool of pools) await pool.close();
    await worker.close();
    for (const key of await redis.admin.keys('*:nwp:*')) assert.ok((await redis.admin.pttl(key)) !== -1, key);
  });
}

test('a producer is killed and started again', options, async (t) => {
  const { redis, queue, remote } = await setUp(t);
  await startServer(t, redis, queue, '--size', '2', '--concurrency', '10', tasks);
  const start = () => new Program(t, producer, [redis.port, queue, 100, 50]);
  const killed = start();
  await killed.line(({ done }) => done >= 20);
  killed.kill('SIGKILL');
  const next = start();
  await next.event('all');
  assert.deepEqual(await next.exited, [0, null], 'an idle pool does not keep the process alive');
  assert.equal(new Set(next.lines.map(({ done }) => done)).size, 101); // 100 results and the last line
  // The tasks of the first one are done or gone, and the queue serves others.
  assert.equal(await remote().run(1, { name: 'echo' }), 1);
  await until(async () => (await redis.admin.zcard(`bull:${queue}:prioritized`)) === 0);
  await until(async () => (await redis.admin.llen(`bull:${queue}:active`)) === 0);
  for (const key of await redis.admin.keys(`bull:${queue}:nwp:*`)) assert.ok((await redis.admin.pttl(key)) > 0, key);
});

test('20,000 tasks at once', options, async (t) => {
  const { redis, queue, remote } = await setUp(t);
  await Promise.all([1, 2].map(() => startServer(t, redis, queue, '--size', '1', '--concurrency', '50', 'native')));
  const pool = remote();
  const many = runMany(pool, 20_000, 1, { name: 'fib' });
  await until(() => pool.stats().completed > 0);
  assert.ok(pool.stats().running <= 1000);
  await checkAll(pool, many, new Array(20_000).fill({ n: 1, result: 1 }));
  await pool.close();
  await until(async () => (await redis.admin.dbsize()) < 20); // what BullMQ keeps per queue
});

test('two producers on one queue receive their own results', options, async (t) => {
  const { redis, queue, remote } = await setUp(t);
  await startServer(t, redis, queue, '--size', '2', '--concurrency', '20', tasks);
  const pools = [remote(), remote()];
  const [first, second] = pools.map((pool, which) =>
    runMany(pool, 500, (index) => ({ a: index, b: which * 1000 }), { name: 'add' }),
  );
  await checkAll(pools[0], first, indexes(500));
  await checkAll(
    pools[1],
    second,
    indexes(500).map((index) => index + 1000),
  );
});

for (const offset of [-5000, 5000]) {
  test(`the clock of a producer is ${offset} ms off`, options, async (t) => {
    const { redis, queue, remote } = await setUp(t);
    await startServer(t, redis, queue, '--size', '2', '--concurrency', '4', tasks);
    const { now } = Date;
    t.after(() => {
      Date.now = now;
    });
    Date.now = () => now() + offset; // what BullMQ reads
    const pool = remote();
    const many = runMany(pool, 100, 10, { name: 'wait', queueTimeout: 20_000, timeout: 5000 });
    await checkAll(pool, many, new Array(100).fill('waited'));
    const controller = new AbortController();
    const aborted = pool.run(1, { name: 'forever', signal: controller.signal });
    await until(async () => (await redis.admin.llen(`bull:${queue}:active`)) === 1);
    controller.abort();
    await assert.rejects(aborted, { code: 'ABORT_ERR' });
    await until(async () => (await redis.admin.llen(`bull:${queue}:active`)) === 0);
  });
}

test('Redis is full', options, async (t) => {
  const { redis, queue, remote } = await setUp(t, '--maxmemory-policy', 'noeviction');
  await startServer(t, redis, queue, '--size', '2', '--concurrency', '2', tasks);
  const pool = remote();
  const used = async () => Number(/used_memory:(\d+)/.exec(await redis.admin.info('memory'))[1]);
  // While tasks run, so their outcomes find it full.
  const running = [pool.run(1000, { name: 'wait' }), pool.run(1000, { name: 'wait' })];
  await until(async () => (await redis.admin.llen(`bull:${queue}:active`)) === 2);
  await redis.admin.config('SET', 'maxmemory', (await used()) - 1);
  assert.deepEqual(await Promise.all(running), ['waited', 'waited']);
  await assert.rejects(pool.run(1, { name: 'echo' }), { name: 'ReplyError', message: /OOM/ });
  for (const { reason } of await Promise.allSettled(runMany(pool, 300, 1, { name: 'echo' }).results)) {
    assert.match(reason.message, /OOM/);
  }
  await redis.admin.config('SET', 'maxmemory', 0);
  assert.equal(await pool.run(1, { name: 'echo' }), 1);
});

test('a large result does not fit into a full Redis: the task rejects with the error of Redis', options, async (t) => {
  const { redis, queue, remote } = await setUp(t, '--maxmemory-policy', 'noeviction');
  const { pool: local } = fixtures(t, redis, queue).serve(tasks);
  const pool = remote();
  const result = pool.run(50_000, { name: 'bigAfter' });
  await until(() => local.stats().running === 1);
  await redis.admin.config('SET', 'maxmemory', 1);
  await assert.rejects(result, { name: 'ReplyError', message: /OOM/ });
  await redis.admin.config('SET', 'maxmemory', 0);
});

test('an outage longer than the time for the first connection is waited out', fullOptions, async (t) => {
  const { redis, queue, remote } = await setUp(t, '--appendonly', 'yes', '--appendfsync', 'always');
  await startServer(t, redis, queue, '--size', '2', tasks);
  const pool = remote();
  assert.equal(await pool.run(1, { name: 'echo' }), 1);
  await redis.kill();
  const many = runMany(pool, 20, (index) => ({ a: index, b: 0 }), { name: 'add' });
  const limited = pool.run(1, { name: 'echo', queueTimeout: 500 });
  await assert.rejects(limited, { code: 'ERR_POOL_QUEUE_TIMEOUT' });
  await sleep(12_000);
  await redis.start();
  assert.deepEqual(await Promise.all(many.results), indexes(20));
});

test('a forced close ends within seconds while Redis is away', options, async (t) => {
  const { redis, remote } = await setUp(t);
  const pool = remote();
  await pool.run(1, { queueTimeout: 1 }).catch(() => {}); // connects
  await redis.kill();
  const result = pool.run(1);
  const closed = pool.close({ force: true });
  await assert.rejects(result, { code: 'ERR_POOL_CLOSED' });
  await closed;
  await redis.start();
});
