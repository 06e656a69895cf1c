'use strict';

// `processor(pool)` in a worker of BullMQ, with jobs of BullMQ's own.

const assert = require('node:assert/strict');
const path = require('node:path');
const { after, before, test } = require('node:test');
const { Queue, QueueEvents, Worker } = require('bullmq');
const { WorkerPool } = require('native-worker-pool');
const { decode, encode, processor } = require('..');
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

/** A queue of BullMQ and its events. */
async function bull(t, queueName) {
  const { connection } = redis;
  const queue = new Queue(queueName, { connection });
  // From the start: by default events are read from the first XREAD on, which may follow the end of the first job.
  const events = new QueueEvents(queueName, { connection, lastEventId: '0-0' });
  await Promise.all([queue.waitUntilReady(), events.waitUntilReady()]);
  t.after(() => Promise.all([queue.close(), events.close()]));
  const run = async (name, data, opts) => (await queue.add(name, data, opts)).waitUntilFinished(events);
  return { queue, events, run };
}

test('the name of the job selects the task, or else the default', options, async (t) => {
  const { queue, serve } = fixtures(t, redis);
  const { run } = await bull(t, queue);
  serve(tasks);
  assert.equal(await run('add', { a: 1, b: 2 }), 3);
  assert.equal(await run('add', { a: 3, b: 2 }), 5);
  for (let time = 0; time < 2; time++) assert.deepEqual(await run('no such task', { a: 1 }), { a: 1 });
});

test('a pool with one native task accepts every name', options, async (t) => {
  const { queue, serve } = fixtures(t, redis);
  const { run } = await bull(t, queue);
  serve('native:fib');
  assert.deepEqual(await run('any', 20), { n: 20, result: 6765 });
});

test('encode and decode pass bytes and other types', options, async (t) => {
  const { queue, serve } = fixtures(t, redis);
  const { run } = await bull(t, queue);
  serve(tasks);
  const value = { bytes: new Uint8Array([200, 201]), big: 5n, nothing: undefined };
  assert.deepStrictEqual(decode(await run('echo', encode(value))), value);
  assert.equal(await run('undefinedResult', 1), null);
});

test('progress is that of the job', options, async (t) => {
  const { queue, serve } = fixtures(t, redis);
  const { run } = await bull(t, queue);
  const { worker } = serve(tasks);
  const steps = [];
  worker.on('progress', (_job, value) => steps.push(value));
  await run('progress', 3);
  await until(() => steps.length === 3);
  assert.deepEqual(steps, [{ step: 1 }, { step: 2 }, { step: 3 }]);
});

test('an error keeps its class and code for the listeners of the worker', options, async (t) => {
  const { queue, serve } = fixtures(t, redis);
  const { run } = await bull(t, queue);
  const { worker } = serve(tasks);
  const failed = new Promise((resolve) => worker.once('failed', (_job, error) => resolve(error)));
  await assert.rejects(run('fail', 1), { message: 'custom' });
  const error = await failed;
  assert.ok(error instanceof TypeError);
  assert.equal(error.code, 'E_CUSTOM');
  assert.equal(error.cause.constructor, RangeError);
});

test('bad data is not retried, other failures are', options, async (t) => {
  const { queue, serve } = fixtures(t, redis);
  const { queue: jobs, events } = await bull(t, queue);
  const { worker } = serve('native');
  const errors = [];
  worker.on('failed', (job, error) => errors.push([job.attemptsMade, error]));
  const bad = await jobs.add('hash', { data: 'x', algorithm: 'nope' }, { attempts: 3 });
  await assert.rejects(bad.waitUntilFinished(events), /algorithm/);
  await until(() => errors.length > 0);
  assert.deepEqual([errors[0][0], errors[0][1].name, errors[0][1].code], [1, 'UnrecoverableError', 'ERR_OUT_OF_RANGE']);
  assert.ok(errors[0][1].cause instanceof RangeError);
  const missing = await jobs.add('hash', { file: '/no/such/file' }, { attempts: 3 });
  await assert.rejects(missing.waitUntilFinished(events), /ENOENT/);
  await until(() => errors.length === 4);
  assert.deepEqual(
    errors.slice(1).map(([attempts, { code }]) => [attempts, code]),
    [
      [1, 'ENOENT'],
      [2, 'ENOENT'],
      [3, 'ENOENT'],
    ],
  );
});

test('the option isFinal decides instead', options, async (t) => {
  const { queue, serve } = fixtures(t, redis);
  const { queue: jobs, events } = await bull(t, queue);
  serve('native', { options: { isFinal: ({ code }) => code === 'ENOENT' } });
  const job = await jobs.add('hash', { file: '/no/such/file' }, { attempts: 3 });
  await assert.rejects(job.waitUntilFinished(events), /ENOENT/);
  assert.equal((await jobs.getJob(job.id)).attemptsMade, 1);
});

for (const [name, message] of [
  ['DelayedError', 'x'],
  ['WaitingError', 'x'],
  ['WaitingChildrenError', 'x'],
  ['Error', 'bullmq:rateLimitExceeded'],
]) {
  test(`an error of a task is no instruction to BullMQ: ${name}, ${message}`, options, async (t) => {
    const { queue, serve } = fixtures(t, redis);
    const { run } = await bull(t, queue);
    serve(tasks);
    await assert.rejects(run('failAs', { name, message }), { message: `${name}: ${message}` });
  });
}

test('an UnrecoverableError of a task is final', options, async (t) => {
  const { queue, serve } = fixtures(t, redis);
  const { queue: jobs, events } = await bull(t, queue);
  serve(tasks);
  const job = await jobs.add('failAs', { name: 'UnrecoverableError', message: 'no' }, { attempts: 5 });
  await assert.rejects(job.waitUntilFinished(events), { message: 'no' });
  assert.equal((await jobs.getJob(job.id)).attemptsMade, 1);
});

test('a cancelled job stops its task', options, async (t) => {
  const { queue, serve } = fixtures(t, redis);
  const { run } = await bull(t, queue);
  const { worker, pool } = serve('native');
  const started = new Promise((resolve) => worker.once('active', resolve));
  const result = run('fib', 78);
  const { id } = await started;
  await until(() => pool.stats().running === 1);
  assert.ok(worker.cancelJob(id, 'reason'));
  await assert.rejects(result, /aborted/);
  await until(() => pool.stats().idle === 2);
});

test('a lost lock stops the task', options, async (t) => {
  const { queue, serve } = fixtures(t, redis);
  const { queue: jobs } = await bull(t, queue);
  const { pool } = serve('native', { lockDuration: 200, stalledInterval: 60_000 });
  const job = await jobs.add('fib', 78);
  await until(() => pool.stats().running === 1);
  await redis.admin.set(`bull:${queue}:${job.id}:lock`, 'another worker');
  await until(() => pool.stats().aborted === 1 && pool.stats().idle === 2);
});

test('a worker that is closed by force stops its tasks', options, async (t) => {
  const { queue, serve } = fixtures(t, redis);
  const { queue: jobs } = await bull(t, queue);
  const { pool, worker } = serve('native');
  await jobs.add('fib', 78);
  await until(() => pool.stats().running === 1);
  await worker.close(true);
  await until(() => pool.stats().idle === 2);
});

test('a worker that is closed waits for its tasks', options, async (t) => {
  const { queue, serve } = fixtures(t, redis);
  const { queue: jobs, events } = await bull(t, queue);
  const { pool, worker } = serve(tasks);
  const job = await jobs.add('wait', 300);
  const finished = job.waitUntilFinished(events);
  await until(() => pool.stats().running === 1);
  await worker.close();
  assert.equal(await finished, 'waited');
});

test('timeout limits each task', options, async (t) => {
  const { queue, serve } = fixtures(t, redis);
  const { run } = await bull(t, queue);
  serve('native', { options: { timeout: 50 } });
  await assert.rejects(run('fib', 78), /longer than 50 ms/);
});

test('a result beyond maxPayload is refused', options, async (t) => {
  const { queue, serve } = fixtures(t, redis);
  const { run } = await bull(t, queue);
  serve(tasks, { options: { maxPayload: 1000 } });
  await assert.rejects(run('big', 1000), /the processor's maxPayload, which is 1000 bytes/);
});

test('a pool with a full queue makes jobs wait, not fail', options, async (t) => {
  const { queue } = fixtures(t, redis);
  const { run } = await bull(t, queue);
  const pool = new WorkerPool(1, tasks, { maxQueue: 0 });
  const worker = new Worker(queue, processor(pool), { connection: redis.connection, concurrency: 4 });
  t.after(async () => {
    await worker.close();
    await pool.close();
  });
  const results = await Promise.all([1, 2, 3, 4, 5, 6].map((n) => run('echo', n)));
  assert.deepEqual(results, [1, 2, 3, 4, 5, 6]);
});

test('bad arguments throw', { timeout: 10_000 }, async () => {
  assert.throws(() => processor({}), { code: 'ERR_INVALID_ARG_TYPE' });
  const pool = new WorkerPool(1, 'native');
  assert.throws(() => processor(pool, { timeouts: 1 }), { code: 'ERR_INVALID_ARG_VALUE', message: /timeouts/ });
  assert.throws(() => processor(pool, { timeout: -1 }), { code: 'ERR_OUT_OF_RANGE' });
  assert.equal(processor(pool).length, 3, 'BullMQ passes its signal only to three parameters');
  await pool.close();
});
