'use strict';

// However many results come back, timers and I/O have their turn in between.

const { test } = require('node:test');
const assert = require('node:assert/strict');
const fs = require('node:fs/promises');
const { WorkerPool, freshGate, openGate } = require('./support/build-with-test-workers');

const TASKS = 100_000;
/** Results that are settled in one go, of which a turn of the loop can have two: see lib/native/completions.js. */
const MAX_SETTLED_PER_TURN = 256;

test('a turn of the event loop settles a bounded number of results', async () => {
  const pool = new WorkerPool(2, 'native:test-gate');
  const gate = freshGate();
  openGate(gate);
  let settled = 0;
  const tasks = Array.from({ length: TASKS }, () =>
    pool.run(gate).then(() => {
      settled++;
    }),
  );
  // Nothing is settled until all is there to be settled.
  while (pool.idle.length < 2) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);

  let most = 0;
  let turns = 0;
  let last = 0;
  const turn = () => {
    turns++;
    most = Math.max(most, settled - last);
    last = settled;
    if (settled < TASKS) setImmediate(turn);
  };
  setImmediate(turn);
  let reads = 0;
  let timers = 0;
  const interval = setInterval(() => timers++, 1);
  while (settled < TASKS) {
    await fs.stat(__filename);
    reads++;
  }
  clearInterval(interval);
  await Promise.all(tasks);
  assert.ok(most <= 2 * MAX_SETTLED_PER_TURN, `${most} results in one turn`);
  assert.ok(turns >= TASKS / (2 * MAX_SETTLED_PER_TURN), `${turns} turns`);
  assert.ok(reads > 1 && timers > 0, `${reads} files were looked at, ${timers} timers ran meanwhile`);
  await pool.close();
});

test('a turn settles a bounded number of results while continuations submit further tasks', async () => {
  const pool = new WorkerPool(2, 'native:test-gate');
  const gate = freshGate();
  openGate(gate);
  let settled = 0;
  const chain = async () => {
    for (let i = 0; i < 400; i++) {
      await pool.run(gate);
      settled++;
    }
  };
  const chains = Promise.all(Array.from({ length: 250 }, chain));
  let most = 0;
  let last = 0;
  let done = false;
  const turn = () => {
    most = Math.max(most, settled - last);
    last = settled;
    if (!done) setImmediate(turn);
  };
  setImmediate(turn);
  await chains;
  done = true;
  assert.ok(most <= 2 * MAX_SETTLED_PER_TURN, `${most} results in one turn`);
  await pool.close();
});
