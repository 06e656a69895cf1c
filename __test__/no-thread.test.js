'use strict';

const { test } = require('node:test');
const assert = require('node:assert/strict');
const { once } = require('node:events');
const { failSpawns } = require('./support/build-with-test-workers');
const { runProgram } = require('./support/child');
const { WorkerPool, openGate, atGate, workers } = require('./support/kinds');

/** Rust takes the stack size of its threads from there. No machine has so much address space. */
const HUGE_STACKS = `process.env.RUST_MIN_STACK = String(2 ** 50);`;

const skip = process.platform === 'linux' ? false : 'other systems take a stack of that size differently';

test('a pool that gets no thread is a clear error, and the process goes on', { skip }, async () => {
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

/** A pool of `size` that runs the task of that gate, and in which no other thread can be started from now on. */
async function poolWithOneThread(t, size, gate, options) {
  const pool = new WorkerPool(size, workers.gate, options);
  const first = pool.run(gate);
  await atGate(gate);
  failSpawns(2 ** 32 - 1);
  t.after(() => failSpawns(0));
  return { pool, first, crash: once(pool, 'crash') };
}

function counts(pool) {
  const { size, idle, running, queued, submitted } = pool.stats();
  return { size, idle, running, queued, submitted };
}

test('a task for which no thread can be started is queued, and its queueTimeout holds', async (t) => {
  const { pool, first, crash } = await poolWithOneThread(t, 2, 3401);
  const waiting = pool.run(3402, { queueTimeout: 20 });
  const [error] = await crash;
  assert.equal(error.code, 'ERR_WORKER_INIT_FAILED');
  assert.deepEqual(counts(pool), { size: 2, idle: 0, running: 1, queued: 1, submitted: 2 });
  assert.deepEqual([pool.idle.length, pool.queue.length], [0, 1]);
  await assert.rejects(waiting, { code: 'ERR_POOL_QUEUE_TIMEOUT' });
  openGate(3401);
  assert.equal(await first, 3401);
  assert.deepEqual(counts(pool), { size: 2, idle: 1, running: 0, queued: 0, submitted: 2 });
  await pool.close();
});

test('while threads cannot be started maxQueue and priority are those of a smaller pool', async (t) => {
  const { pool, first, crash } = await poolWithOneThread(t, 3, 3411, { maxQueue: 2 });
  const order = [];
  const run = (gate, priority) => pool.run(gate, { priority }).then((result) => order.push(result));
  const low = run(3412, -1);
  await crash;
  const high = run(3413, 1);
  await assert.rejects(run(3414, 2), { code: 'ERR_POOL_QUEUE_FULL' });
  assert.deepEqual(counts(pool), { size: 3, idle: 0, running: 1, queued: 2, submitted: 3 });
  openGate(3412);
  openGate(3413);
  openGate(3411);
  await Promise.all([first, low, high]);
  assert.deepEqual(order, [3413, 3412]);
  await pool.close();
});

test('a task that waits has its thread once one can be started, though nobody calls the pool', async (t) => {
  const { pool, first, crash } = await poolWithOneThread(t, 2, 3421);
  let crashes = 0;
  pool.on('crash', () => crashes++);
  const waiting = pool.run(3422);
  await crash;
  failSpawns(2); // two attempts more
  await atGate(3422);
  assert.deepEqual(counts(pool), { size: 2, idle: 0, running: 2, queued: 0, submitted: 2 });
  openGate(3421);
  openGate(3422);
  assert.deepEqual(await Promise.all([first, waiting]), [3421, 3422]);
  assert.equal(crashes, 1);
  await pool.close();
});
