'use strict';

const { test } = require('node:test');
const assert = require('node:assert/strict');
const { once } = require('node:events');
const { failSpawns } = require('./support/build-with-test-workers');
const { runProgram } = require('./support/child');
const { WorkerPool, freshGate, openGate, atGate, workers } = require('./support/kinds');

/** Rust takes the stack size of its threads from there. No machine has so much address space. */
const HUGE_STACKS = `process.env.RUST_MIN_STACK = String(2 ** 50);`;

const skip = process.platform === 'linux' ? false : 'other systems take a stack of that size differently';

test('the constructor throws a clear error if no native thread can be started, and the process continues', {
  skip,
}, async () => {
  const { code, signal, stdout, stderr } = await runProgram(`
    ${HUGE_STACKS}
    for (let i = 0; i < 3; i++) {
      try {
        new WorkerPool(2);
      } catch (error) {
        console.log(error.code, error.message.split('(')[0]);
      }
    }
  `);
  assert.match(stdout, /^(ERR_WORKER_INIT_FAILED Worker pool: cannot start a worker thread: .*\n){3}$/);
  assert.deepEqual({ code, signal, stderr }, { code: 0, signal: null, stderr: '' });
});

/** A pool of `size` that runs a task, and in which no other thread can be started from now on. */
async function poolWithOneThread(t, size, options) {
  const gate = freshGate();
  const pool = new WorkerPool(size, workers.gate, options);
  const first = pool.run(gate);
  await atGate(gate);
  failSpawns(2 ** 32 - 1);
  t.after(() => failSpawns(0));
  return { pool, gate, first, crash: once(pool, 'crash') };
}

function counts(pool) {
  const { size, idle, running, queued, submitted } = pool.stats();
  return { size, idle, running, queued, submitted };
}

test('a task for which no native thread can be started is queued, and its queueTimeout applies', async (t) => {
  const { pool, gate, first, crash } = await poolWithOneThread(t, 2);
  const waiting = pool.run(freshGate(), { queueTimeout: 20 });
  const [error] = await crash;
  assert.equal(error.code, 'ERR_WORKER_INIT_FAILED');
  assert.deepEqual(counts(pool), { size: 2, idle: 0, running: 1, queued: 1, submitted: 2 });
  assert.deepEqual([pool.idle.length, pool.queue.length], [0, 1]);
  await assert.rejects(waiting, { code: 'ERR_POOL_QUEUE_TIMEOUT' });
  openGate(gate);
  assert.equal(await first, gate);
  assert.deepEqual(counts(pool), { size: 2, idle: 1, running: 0, queued: 0, submitted: 2 });
  await pool.close();
});

test('while native threads cannot be started, maxQueue and priority apply as in a smaller pool', async (t) => {
  const { pool, gate, first, crash } = await poolWithOneThread(t, 3, { maxQueue: 2 });
  const order = [];
  const run = (name, priority) => {
    const own = freshGate();
    openGate(own);
    return pool.run(own, { priority }).then(() => order.push(name));
  };
  const low = run('low', -1);
  await crash;
  const high = run('high', 1);
  await assert.rejects(run('refused', 2), { code: 'ERR_POOL_QUEUE_FULL' });
  assert.deepEqual(counts(pool), { size: 3, idle: 0, running: 1, queued: 2, submitted: 3 });
  openGate(gate);
  await Promise.all([first, low, high]);
  assert.deepEqual(order, ['high', 'low']);
  await pool.close();
});

test('a waiting task runs once its native thread can be started, without a call of the pool', async (t) => {
  const { pool, gate, first, crash } = await poolWithOneThread(t, 2);
  let crashes = 0;
  pool.on('crash', () => crashes++);
  const second = freshGate();
  const waiting = pool.run(second);
  await crash;
  failSpawns(2); // two attempts more
  await atGate(second);
  assert.deepEqual(counts(pool), { size: 2, idle: 0, running: 2, queued: 0, submitted: 2 });
  openGate(gate);
  openGate(second);
  assert.deepEqual(await Promise.all([first, waiting]), [gate, second]);
  assert.equal(crashes, 1);
  await pool.close();
});
