'use strict';

// Calls into Rust are dear, and so are wake-ups of the event loop: one serves many tasks.

const { test } = require('node:test');
const assert = require('node:assert/strict');
const { WorkerPool, native, freshGate, openGate } = require('./support/build-with-test-workers');

const TASKS = 10_000;
/** Tasks that fit into the memory where they are posted; see crates/engine/src/ring.rs. */
const RING = 512;
/** Results that are settled in one go; see lib/native/completions.js. */
const MAX_SETTLED_PER_TURN = 256;

/** A pool, and how often each function of its native side has been called. */
function counted(size, worker, options) {
  const { functions } = native.WorkerPool.prototype;
  const calls = {
    submit: 0,
    submitWith: 0,
    submitInvalid: 0,
    cancel: 0,
    age: 0,
    room: 0,
    poll: 0,
    collect: 0,
    keepAlive: 0,
  };
  native.WorkerPool.prototype.functions = function (into) {
    const { ring, ...originals } = functions.call(this, into);
    const wrapped = Object.entries(originals).map(([name, original]) => [
      name,
      (...args) => {
        calls[name]++;
        return original(...args);
      },
    ]);
    return { ring, ...Object.fromEntries(wrapped) };
  };
  try {
    return { pool: new WorkerPool(size, worker, options), calls };
  } finally {
    native.WorkerPool.prototype.functions = functions;
  }
}

function blockUntil(condition) {
  const nothing = new Int32Array(new SharedArrayBuffer(4));
  while (!condition()) Atomics.wait(nothing, 0, 0, 1);
}

test('tasks submitted to busy workers take one call into Rust per full ring', async () => {
  const { pool, calls } = counted(1, 'native:test-gate');
  const gates = [freshGate(), freshGate()];
  const first = pool.run(gates[0]);
  const before = { ...calls };
  const tasks = Array.from({ length: TASKS }, () => pool.run(gates[1]));
  const polls = calls.poll - before.poll;
  assert.ok(polls <= Math.ceil(TASKS / RING), `${polls} calls for ${TASKS} tasks`);
  assert.deepEqual({ ...calls, poll: 0 }, { ...before, poll: 0 });
  for (const gate of gates) openGate(gate);
  await Promise.all([first, ...tasks]);
  await pool.close();
});

test('results that wait for the event loop take one call into Rust per share', async () => {
  const { pool, calls } = counted(2, 'native:test-gate');
  const gate = freshGate();
  openGate(gate);
  const tasks = Array.from({ length: TASKS }, () => pool.run(gate));
  blockUntil(() => pool.idle.length === 2);
  await Promise.all(tasks);
  // The last comes back empty, and another ring may have come meanwhile.
  assert.ok(
    calls.collect <= Math.ceil(TASKS / MAX_SETTLED_PER_TURN) + 2,
    `${calls.collect} calls for ${TASKS} results`,
  );
  assert.equal(calls.keepAlive, 2);
  await pool.close();
});

test('a pool with maxQueue takes one call into Rust per task', async () => {
  const { pool, calls } = counted(1, 'native:test-gate', { maxQueue: 1 });
  const gate = freshGate();
  const admitted = [pool.run(gate), pool.run(gate)];
  await assert.rejects(pool.run(gate), { code: 'ERR_POOL_QUEUE_FULL' });
  assert.equal(calls.submit, 3);
  openGate(gate);
  await Promise.all(admitted);
  await pool.close();
});

test('a runtime without access to native memory takes one call into Rust per task', async () => {
  const { functions } = native.WorkerPool.prototype;
  native.WorkerPool.prototype.functions = function (into) {
    const { ring, ...others } = functions.call(this, into);
    assert.ok(ring instanceof ArrayBuffer);
    return others;
  };
  try {
    const pool = new WorkerPool(2, 'native:test-gate');
    const gate = freshGate();
    openGate(gate);
    const tasks = Array.from({ length: TASKS }, () => pool.run(gate));
    assert.deepEqual(await Promise.all(tasks), Array(TASKS).fill(gate));
    await pool.close();
  } finally {
    native.WorkerPool.prototype.functions = functions;
  }
});

test('every idle worker starts a task of its own while the event loop is blocked', async () => {
  const { pool } = counted(3, 'native:test-gate');
  const open = freshGate();
  openGate(open);
  for (let round = 0; round < 200; round++) {
    // Two workers are kept busy, so the third task is run by the third worker or not at all.
    const gates = [freshGate(), freshGate()];
    const held = gates.map((gate) => pool.run(gate));
    const free = pool.run(open);
    blockUntil(() => pool.idle.length === 1);
    for (const gate of gates) openGate(gate);
    blockUntil(() => pool.idle.length === 3);
    await Promise.all([...held, free]);
  }
  await pool.close();
});
