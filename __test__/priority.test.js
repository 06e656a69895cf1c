'use strict';

const { test } = require('node:test');
const assert = require('node:assert/strict');
const { WorkerPool, freshGate, openGate, workers } = require('./support/kinds');

/** Starts tasks behind a busy worker and tells in which order they ran. */
async function orderOf(priorities) {
  const pool = new WorkerPool(1, workers.gate);
  const [gate, open] = [freshGate(), freshGate()];
  const first = pool.run(gate);
  openGate(open);
  const order = [];
  const tasks = priorities.map((priority, i) =>
    pool.run(open, priority === undefined ? undefined : { priority }).then(() => order.push(i)),
  );
  openGate(gate);
  await Promise.all([first, ...tasks]);
  await pool.close();
  return order;
}

test('tasks of higher priority start first; tasks of equal priority start in call order', async () => {
  assert.deepEqual(await orderOf([0, -1, 5, undefined, 5, -1, 0, 7]), [7, 2, 4, 0, 3, 6, 1, 5]);
});

test('the greatest and the smallest safe integers are valid priorities', async () => {
  const { MAX_SAFE_INTEGER, MIN_SAFE_INTEGER } = Number;
  assert.deepEqual(await orderOf([MIN_SAFE_INTEGER, 0, MAX_SAFE_INTEGER, -0]), [2, 1, 3, 0]);
});

test('tasks with other options start in call order among tasks without options', async () => {
  const pool = new WorkerPool(1, workers.gate);
  const [gate, open] = [freshGate(), freshGate()];
  const first = pool.run(gate);
  openGate(open);
  const order = [];
  const { signal } = new AbortController();
  const options = [undefined, { signal }, undefined, { timeout: 1e6 }, { queueTimeout: 1e6 }, undefined, { signal }];
  const tasks = options.map((given, i) => pool.run(open, given).then(() => order.push(i)));
  openGate(gate);
  await Promise.all([first, ...tasks]);
  assert.deepEqual(order, [0, 1, 2, 3, 4, 5, 6]);
  await pool.close();
});

test('no priority overtakes a task that was submitted to an idle worker', async () => {
  const pool = new WorkerPool(1, workers.gate);
  const gate = freshGate();
  openGate(gate);
  const order = [];
  for (let round = 0; round < 200; round++) {
    const tasks = [pool.run(gate), pool.run(gate, { priority: 9 })];
    await Promise.all(tasks.map((task, i) => task.then(() => order.push(i))));
  }
  assert.deepEqual(order, Array(200).fill([0, 1]).flat());
  await pool.close();
});
