'use strict';

// concurrency: several tasks of a thread have moved objects, which only that thread can run or return.

const assert = require('node:assert/strict');
const path = require('node:path');
const { afterEach, test } = require('node:test');
const { WorkerPool } = require('../index');
const { until } = require('./support/until');

const FILE = path.join(__dirname, 'fixtures', 'survivor.mjs');

/** `gate[0]` opens it. What the others count depends on the task. */
const freshGate = () => new Int32Array(new SharedArrayBuffer(12));

function open(gate) {
  Atomics.store(gate, 0, 1);
  Atomics.notify(gate, 0);
}

const pools = [];

function start(options) {
  const pool = new WorkerPool(1, FILE, options);
  pools.push(pool);
  return pool;
}

afterEach(() => Promise.all(pools.splice(0).map((pool) => pool.close({ force: true }))));

/** Submits a task with a buffer that is moved. */
function move(pool, bytes, act = 'length', options = {}) {
  const buffer = new ArrayBuffer(bytes);
  return pool.run({ act, buffer, ...options.data }, { transfer: [buffer], signal: options.signal });
}

test('none of several tasks that are aborted while the file loads runs', async () => {
  const loading = freshGate();
  const gate = freshGate();
  const pool = start({ concurrency: 4, workerOptions: { workerData: loading } });
  const controllers = [1, 2, 3].map(() => new AbortController());
  const aborted = controllers.map(({ signal }) => move(pool, 8, 'begin', { data: { gate }, signal }));
  const last = move(pool, 16);
  for (const controller of controllers) controller.abort();
  for (const task of aborted) await assert.rejects(task, { code: 'ABORT_ERR' });
  open(loading);
  assert.equal(await last, 16);
  assert.deepEqual([...gate], [0, 0, 0]);
});

test('a task that waits for too long while the file loads does not run, even if another one has moved objects', async () => {
  const loading = freshGate();
  const gate = freshGate();
  const pool = start({ concurrency: 3, workerOptions: { workerData: loading } });
  const moved = move(pool, 8);
  const late = pool.run({ act: 'begin', gate }, { queueTimeout: 1, timeout: 1 });
  await assert.rejects(late, { code: 'ERR_POOL_QUEUE_TIMEOUT' });
  const { timedOut, stopping, running } = pool.stats();
  assert.deepEqual([timedOut, stopping, running], [1, 1, 1]);
  open(loading);
  assert.equal(await moved, 8);
  await until(() => pool.stats().idle === 3);
  assert.equal(gate[1], 0);
});

test('a task that is moved to a thread right after that has survived an exit is not lost', async () => {
  const gate = freshGate();
  const pool = start({ concurrency: 3 });
  const surviving = pool.run({ act: 'survive', gate });
  await until(() => gate[1] === 1);
  const returned = move(pool, 8);
  open(gate);
  Atomics.wait(gate, 2, 0);
  // The pool has not been told yet.
  const next = move(pool, 16);
  await surviving;
  assert.deepEqual(await Promise.all([returned, next]), [8, 16]);
});

test('a task that its thread has returned does not run there before the thread has survived the exit', async () => {
  const loading = freshGate();
  const pool = start({ concurrency: 3, workerOptions: { workerData: loading } });
  const surviving = pool.run({ act: 'surviveLater' });
  const others = [8, 16].map((bytes) => move(pool, bytes));
  open(loading);
  await surviving;
  assert.deepEqual(await Promise.all(others), [8, 16]);
});

test('a task behind one that blocks its thread runs elsewhere, even if another task cannot', async () => {
  const gate = freshGate();
  const pool = start({ concurrency: 3, abortTimeout: 1 });
  const controller = new AbortController();
  const blocking = pool.run({ act: 'spin', gate }, { signal: controller.signal });
  await until(() => gate[1] === 1);
  const plain = pool.run({ act: 'length', buffer: new ArrayBuffer(8) });
  const moved = move(pool, 16);
  controller.abort();
  await assert.rejects(blocking, { code: 'ABORT_ERR' });
  await assert.rejects(moved, { code: 'ERR_POOL_CRASH' });
  assert.equal(await plain, 8);
});
