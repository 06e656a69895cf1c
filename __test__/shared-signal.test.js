'use strict';

// A pool listens once to a signal, whatever it was given to: more than ten listeners make Node.js warn of a leak.

const { test } = require('node:test');
const assert = require('node:assert/strict');
const { getEventListeners } = require('node:events');
const { setImmediate: turn } = require('node:timers/promises');
const { WorkerPool, freshGate, openGate, workers } = require('./support/kinds');

const listeners = (signal) => getEventListeners(signal, 'abort').length;

/** Calls of a pool that share a signal: some of each method. */
function callsOf(pool, data, signal) {
  return Array.from({ length: 11 }, () => [
    pool.run(data, { signal }),
    pool.map([data, data], { signal }),
    pool.stream([data, data], { signal }).next(),
  ]).flat();
}

test('run, map and stream of a pool share one listener of a signal, and abort together', async (t) => {
  const warnings = [];
  const note = (warning) => warnings.push(warning);
  process.on('warning', note);
  t.after(() => process.off('warning', note));

  const pool = new WorkerPool(2, workers.gate);
  const controller = new AbortController();
  const { signal } = controller;
  const gate = freshGate();
  const calls = callsOf(pool, gate, signal);
  assert.equal(listeners(signal), 1);
  controller.abort('all');
  const outcomes = await Promise.allSettled(calls);
  assert.deepEqual(
    outcomes.map(({ reason }) => reason?.cause),
    Array(33).fill('all'),
  );
  assert.equal(listeners(signal), 0);
  await turn();
  assert.deepEqual(warnings, []);
  openGate(gate);
  await pool.close();
});

test('the shared listener stays until the last task, map or stream has ended', async () => {
  const pool = new WorkerPool(1, workers.gate);
  const { signal } = new AbortController();
  const gates = Array.from({ length: 3 }, freshGate);
  const first = pool.run(gates[0], { signal });
  const mapped = pool.map([gates[1]], { signal });
  const stream = pool.stream([gates[2]], { signal });
  const next = stream.next();
  openGate(gates[0]);
  await first;
  assert.equal(listeners(signal), 1);
  openGate(gates[1]);
  await mapped;
  assert.equal(listeners(signal), 1);
  openGate(gates[2]);
  await next;
  assert.deepEqual(await stream.next(), { done: true, value: undefined });
  assert.equal(listeners(signal), 0);
  await pool.close();
});

test('a map that waits for its source can be aborted while the pool has no task', async () => {
  const pool = new WorkerPool(1, workers.fib);
  const controller = new AbortController();
  const { signal } = controller;
  const mapped = pool.map({ [Symbol.asyncIterator]: () => ({ next: () => new Promise(() => {}) }) }, { signal });
  await pool.run(10, { signal });
  await pool.run(10, { timeout: 1e6 });
  assert.equal(listeners(signal), 1);
  controller.abort('now');
  await assert.rejects(mapped, { code: 'ABORT_ERR', cause: 'now' });
  await pool.close();
});
