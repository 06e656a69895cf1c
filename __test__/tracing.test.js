'use strict';

const { test } = require('node:test');
const assert = require('node:assert/strict');
const diagnostics = require('node:diagnostics_channel');
const { WorkerPool, workers } = require('./support/kinds');

/** Listens while `use` runs. @returns the messages, by name. */
async function traced(use) {
  const channel = diagnostics.tracingChannel('native-worker-pool:run');
  const events = [];
  const names = ['start', 'end', 'asyncStart', 'asyncEnd', 'error'];
  const subscribers = Object.fromEntries(names.map((name) => [name, (message) => events.push([name, message])]));
  channel.subscribe(subscribers);
  try {
    await use();
  } finally {
    channel.unsubscribe(subscribers);
  }
  return events;
}

test('a completed task is traced from run to its result', async () => {
  const pool = new WorkerPool(1, workers.fib);
  const options = { priority: 3 };
  const events = await traced(async () => {
    assert.deepEqual(await pool.run(10, options), { n: 10, result: 55 });
  });
  assert.deepEqual(
    events.map(([name]) => name),
    ['start', 'end', 'asyncStart', 'asyncEnd'],
  );
  const [, message] = events.at(-1);
  assert.equal(message.pool, pool);
  assert.equal(message.data, 10);
  assert.equal(message.options, options);
  assert.deepEqual(message.result, { n: 10, result: 55 });
  await pool.close();
});

test('a task of a proxy is traced with its name', async () => {
  const pool = new WorkerPool(1, 'native');
  const { fib } = pool.proxy();
  const events = await traced(async () => {
    await fib(10);
    await fib(10, { priority: 3 });
  });
  const starts = events.filter(([name]) => name === 'start');
  assert.deepEqual(
    starts.map(([, { options }]) => ({ ...options })),
    [{ name: 'fib' }, { name: 'fib', priority: 3 }],
  );
  await pool.close();
});

test('a failed task is traced with its error', async () => {
  const pool = new WorkerPool(1, workers.fib);
  let failure;
  const events = await traced(() =>
    pool.run(99).catch((error) => {
      failure = error;
    }),
  );
  const [, message] = events.find(([name]) => name === 'error');
  assert.equal(message.error, failure);
  assert.equal(failure.code, 'ERR_OUT_OF_RANGE');
  await pool.close();
});

test('the tasks of map are traced until the last subscriber leaves', async () => {
  const pool = new WorkerPool(2, workers.fib);
  const events = await traced(() => pool.map([1, 2, 3]));
  assert.equal(events.filter(([name]) => name === 'start').length, 3);
  await pool.run(1);
  assert.equal(events.filter(([name]) => name === 'start').length, 3);
  await pool.close();
});

test('a subscriber of a single tracing event is notified', async () => {
  const pool = new WorkerPool(1, workers.fib);
  let ends = 0;
  const count = () => ends++;
  diagnostics.subscribe('tracing:native-worker-pool:run:asyncEnd', count);
  await pool.run(1);
  diagnostics.unsubscribe('tracing:native-worker-pool:run:asyncEnd', count);
  assert.equal(ends, 1);
  await pool.close();
});
