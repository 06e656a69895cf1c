'use strict';

// A worker looks for work before it sleeps, and then sleeps.

const { test } = require('node:test');
const assert = require('node:assert/strict');
const { once } = require('node:events');
const fs = require('node:fs');
const { setTimeout: delay } = require('node:timers/promises');
const { WorkerPool } = require('..');
const { fileOf } = require('./support/files');
const { scale } = require('./support/scale');
const { ThreadWatch } = require('./support/thread-watch');

const SECONDS = scale(3, 0.5);

/** Asserts that nothing happens for some seconds. */
async function assertIdle() {
  await delay(200);
  const before = process.cpuUsage();
  await delay(1000 * SECONDS);
  const { user, system } = process.cpuUsage(before);
  // A single thread that never slept would use all the time.
  assert.ok(user + system < 100_000, `${user + system} us of CPU in ${SECONDS} s`);
}

test('idle pools use no CPU', async () => {
  const pools = [1, 8, 100].map((size) => new WorkerPool(size));
  await Promise.all(pools.flatMap((pool) => Array.from({ length: 1000 }, () => pool.run(10))));
  await assertIdle();
  await Promise.all(pools.map((pool) => pool.close()));
});

test('idle pools of worker files use no CPU', async (t) => {
  const files = [
    'module.exports = (data) => data;',
    "const { parentPort } = require('worker_threads'); parentPort.on('message', (data) => parentPort.postMessage(data));",
  ].map((source) => fileOf(t, source));
  const pools = files.map((file) => new WorkerPool(2, file));
  await Promise.all(pools.flatMap((pool) => Array.from({ length: 100 }, () => pool.run(10))));
  await assertIdle();
  await Promise.all(pools.map((pool) => pool.close()));
});

test('a file that cannot be loaded is not reloaded without a task', async (t) => {
  const note = "require('node:fs').appendFileSync(__filename + '.loads', 'x');";
  const files = ["throw new Error('at load');", 'process.exit(0);', ''].map((source) => fileOf(t, `${note}${source}`));
  const loads = () => files.map((file) => fs.readFileSync(`${file}.loads`, 'utf8').length);
  const watch = new ThreadWatch();
  t.after(() => watch.stop());
  const pools = files.map((file) => new WorkerPool(2, file));
  for (const pool of pools) await assert.rejects(pool.run(1));
  await Promise.all(pools.map((pool) => assert.rejects(pool.run(2))));
  while (watch.exited < watch.started) await once(watch, 'exit');
  const before = loads();
  await assertIdle();
  assert.deepEqual(loads(), before);
  await Promise.all(pools.map((pool) => pool.close()));
});
