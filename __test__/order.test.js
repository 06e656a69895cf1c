'use strict';

const { test } = require('node:test');
const assert = require('node:assert/strict');
const { WorkerPool, freshGate, openGate, workers, unlessNative } = require('./support/kinds');
const { scale } = require('./support/scale');

test('tasks start in call order', async () => {
  const pool = new WorkerPool(1, workers.gate);
  const settled = [];
  const gates = Array.from({ length: 20 }, freshGate);
  const tasks = gates.map((gate) => pool.run(gate).then((result) => settled.push(result)));
  // Opened from the last to the first: a worker that took another than the first would finish it.
  for (const gate of gates.slice(1).reverse()) openGate(gate);
  assert.deepEqual(settled, []);
  openGate(gates[0]);
  await Promise.all(tasks);
  assert.deepEqual(settled, gates);
  await pool.close();
});

test('completed and failed tasks settle in the order in which they ended', async () => {
  const pool = new WorkerPool(1, workers.fib);
  const settled = [];
  const tasks = [3, 'bad', 5, 99, 7].map((data, i) =>
    pool.run(data).then(
      () => settled.push(`${i} resolved`),
      () => settled.push(`${i} rejected`),
    ),
  );
  await Promise.all(tasks);
  assert.deepEqual(settled, ['0 resolved', '1 rejected', '2 resolved', '3 rejected', '4 resolved']);
  await pool.close();
});

test('a task submitted to an idle worker runs while the event loop is blocked', { skip: unlessNative }, async () => {
  const pool = new WorkerPool(1, workers.gate);
  const gate = freshGate();
  openGate(gate);
  const first = pool.run(gate);
  const second = pool.run(gate);
  // Nothing gives the event loop a turn until both have run, the second without its help.
  while (pool.idle.length === 0) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
  assert.deepEqual(await Promise.all([first, second]), [gate, gate]);
  await pool.close();
});

test('many more tasks than one turn settles all settle with their own results', async () => {
  const pool = new WorkerPool(2, workers.fib);
  const inputs = Array.from({ length: scale(20_000, 4_000) }, (_, i) => i % 20);
  const fib = [0, 1];
  while (fib.length < 20) fib.push(fib.at(-1) + fib.at(-2));
  const results = await Promise.all(inputs.map((n) => pool.run({ n })));
  assert.deepEqual(
    results,
    inputs.map((n) => ({ n, result: fib[n] })),
  );
  await pool.close();
});

test('a native pool reads data during the call of run', { skip: unlessNative }, async () => {
  const pool = new WorkerPool(1, workers.fib);
  const data = { n: 10 };
  const task = pool.run(data);
  data.n = 20;
  assert.deepEqual(await task, { n: 10, result: 55 });
  await pool.close();
});
