'use strict';

// What a pool of a worker file does when the system refuses it threads: it goes on with those that it has.

const { test } = require('node:test');
const assert = require('node:assert/strict');
const { execFile } = require('node:child_process');
const path = require('node:path');
const { setImmediate: turn } = require('node:timers/promises');
const { promisify } = require('node:util');
const { allowThreads, unsupported: skip } = require('./support/refused-threads');
const { WorkerPool } = require('..');
const { fileOf } = require('./support/files');
const threads = require('./support/threads');

const REFUSED = { code: 'ERR_WORKER_INIT_FAILED', message: /^Worker pool: / };

// In memory that the threads see: whether the gate is open, and whether the file loads slowly.
const OPEN = 0;
const IS_SLOW = 1;

/** Answers with its thread: at once, when the gate is open, or never. */
const SOURCE = `
  const { threadId, workerData: numbers } = require('node:worker_threads');
  if (numbers[${IS_SLOW}]) Atomics.wait(numbers, ${IS_SLOW}, 1, 300);
  module.exports = (how) => {
    if (how === 'wait') Atomics.wait(numbers, ${OPEN}, 0);
    if (how === 'exit') process.exit(9);
    return threadId;
  };`;

/** A pool that gets so many threads. */
function poolOf(t, size, allowed, { isSlow = false, ...options } = {}) {
  const numbers = new Int32Array(new SharedArrayBuffer(8));
  numbers[IS_SLOW] = isSlow ? 1 : 0;
  allowThreads(allowed);
  t.after(() => allowThreads(Infinity));
  const pool = new WorkerPool(size, fileOf(t, SOURCE), { ...options, workerOptions: { workerData: numbers } });
  const crashes = [];
  pool.on('crash', (error) => crashes.push(error));
  const open = () => {
    Atomics.store(numbers, OPEN, 1);
    Atomics.notify(numbers, OPEN);
  };
  return { pool, crashes, open };
}

const seats = (pool) => {
  const { idle, running, queued } = pool.stats();
  return { idle, running, queued };
};

test('the constructor throws a clear error if no worker thread can be started', { skip }, async (t) => {
  const before = threads.count();
  assert.throws(() => poolOf(t, 3, 0), REFUSED);
  while (threads.count() > before) await turn(); // the timer's ends soon
});

test('a pool runs its tasks on the threads that could be started, and reports the others once', { skip }, async (t) => {
  const { pool, crashes, open } = poolOf(t, 3, 1);
  await turn();
  assert.equal(crashes.length, 1);
  assert.throws(() => {
    throw crashes[0];
  }, REFUSED);
  const thread = await pool.run();
  assert.deepEqual(seats(pool), { idle: 1, running: 0, queued: 0 });
  const tasks = ['wait', undefined, undefined].map((how) => pool.run(how));
  assert.deepEqual(seats(pool), { idle: 0, running: 1, queued: 2 });
  open();
  assert.deepEqual(await Promise.all(tasks), [thread, thread, thread]);
  assert.equal(crashes.length, 1);
  assert.equal(pool.stats().crashes, 0, 'no thread has died');
  await pool.close();
});

test('tasks that wait while a thread is refused are queued, can time out and can be overtaken', {
  skip,
}, async (t) => {
  const { pool, open } = poolOf(t, 2, 1, { maxQueue: 3 });
  const running = pool.run('wait');
  const order = [];
  const note = (name, options) => pool.run(undefined, options).then(() => order.push(name));
  const late = pool.run(undefined, { queueTimeout: 5 });
  const others = [note('usual'), note('urgent', { priority: 1 })];
  await assert.rejects(pool.run(), { code: 'ERR_POOL_QUEUE_FULL' });
  await assert.rejects(late, { code: 'ERR_POOL_QUEUE_TIMEOUT' });
  open();
  await Promise.all([running, ...others]);
  assert.deepEqual(order, ['urgent', 'usual']);
  await pool.close();
});

for (const isSlow of [false, true]) {
  test(`a refused thread is retried for waiting tasks${isSlow ? ' while another thread loads' : ''}`, {
    skip,
  }, async (t) => {
    const { pool, crashes, open } = poolOf(t, 3, 1, { isSlow });
    const running = pool.run('wait');
    const waiting = [pool.run(), pool.run()];
    await turn();
    allowThreads(2);
    await Promise.all(waiting);
    assert.equal(pool.idle.length, 2, 'all threads are there');
    assert.equal(crashes.length, 1);
    open();
    await running;
    await pool.close();
  });
}

test('a refused thread is reported again after a start has succeeded', { skip }, async (t) => {
  const { pool, crashes } = poolOf(t, 2, 1);
  const exits = () => assert.rejects(pool.run('exit'), { code: 'ERR_POOL_CRASH' });
  await pool.run();
  assert.equal(crashes.length, 1);
  allowThreads(1);
  await exits(); // another is started for that
  await pool.run();
  await exits();
  await assert.rejects(pool.run(), REFUSED);
  const refused = crashes.filter(({ code }) => code === REFUSED.code);
  assert.equal(refused.length, 2);
  assert.equal(pool.stats().crashes, 2);
  await pool.close();
});

test('without any thread, tasks reject until one can be started', { skip }, async (t) => {
  const { pool, crashes } = poolOf(t, 1, 1);
  const tasks = ['exit', undefined, undefined].map((how) => pool.run(how));
  await assert.rejects(tasks[0], { code: 'ERR_POOL_CRASH' });
  for (const task of tasks.slice(1)) await assert.rejects(task, REFUSED);
  for (let i = 0; i < 2; i++) await assert.rejects(pool.run(), REFUSED);
  assert.equal(crashes.filter(({ code }) => code === REFUSED.code).length, 1);
  assert.deepEqual(seats(pool), { idle: 1, running: 0, queued: 0 });
  allowThreads(1);
  assert.equal(typeof (await pool.run()), 'number');
  await pool.close();
});

test('a pool with refused threads can be closed, with or without waiting tasks', { skip }, async (t) => {
  const { pool, open } = poolOf(t, 4, 1);
  const tasks = ['wait', undefined, undefined].map((how) => pool.run(how));
  const closed = pool.close();
  open();
  await Promise.all(tasks);
  await closed;
  const idle = poolOf(t, 4, 1);
  await idle.pool.close();
});

test('a pool works with its other threads if the system refuses file descriptors to a started thread', {
  skip,
}, async (t) => {
  const program = `
    const fs = require('node:fs');
    const { WorkerPool } = require(${JSON.stringify(path.resolve(__dirname, '..'))});
    const files = [];
    try {
      for (;;) files.push(fs.openSync('/dev/null'));
    } catch {
      // There are no more. One is for the pool to read the worker file, which is less than a thread needs.
      fs.closeSync(files.pop());
    }
    const workerOptions = { workerData: [0, 0] };
    const pool = new WorkerPool(2, ${JSON.stringify(fileOf(t, SOURCE))}, { workerOptions });
    pool.on('crash', ({ code }) => console.log('crash', code));
    const run = () => pool.run().then((id) => console.log(typeof id), ({ code }) => console.log(code));
    (async () => {
      await Promise.all([run(), run(), run()]);
      await run();
      for (const file of files) fs.closeSync(file);
      await run();
      console.log(pool.stats().crashes);
      await pool.close();
    })();`;
  const { stdout, stderr } = await promisify(execFile)('sh', [
    '-c',
    'ulimit -n 100 && exec "$0" -e "$1"',
    process.execPath,
    program,
  ]);
  const refused = 'ERR_WORKER_INIT_FAILED';
  const lines = [`crash ${refused}`, ...Array(4).fill(refused), 'number', '0'];
  assert.deepEqual({ lines: stdout.trim().split('\n'), stderr }, { lines, stderr: '' });
});

test('a thread that is to be replaced goes on while no other can be started', { skip }, async (t) => {
  const { pool, crashes } = poolOf(t, 1, 1, { recycle: { tasks: 2 } });
  const ids = [];
  for (let i = 0; i < 5; i++) ids.push(await pool.run());
  assert.deepEqual(new Set(ids).size, 1);
  allowThreads(Infinity);
  let id;
  do id = await pool.run();
  while (id === ids[0]);
  assert.deepEqual([pool.stats().failed, pool.stats().crashes, crashes], [0, 0, []]);
  await pool.close();
});

test('when all idle threads have ended, tasks reject until a thread can be started', { skip }, async (t) => {
  const { pool, crashes } = poolOf(t, 2, 2, { minSize: 0, idleTimeout: 0 });
  await pool.run();
  while (pool.stats().threads > 0) await turn();
  allowThreads(0);
  await assert.rejects(pool.run(), REFUSED);
  assert.equal(crashes.length, 1);
  allowThreads(Infinity);
  while ((await pool.run().catch(() => undefined)) === undefined) await turn();
  await pool.close();
});
