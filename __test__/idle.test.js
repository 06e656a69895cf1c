'use strict';

// A worker looks for work before it sleeps, and then sleeps.

const { test } = require('node:test');
const assert = require('node:assert/strict');
const { setTimeout: delay } = require('node:timers/promises');
const { WorkerPool } = require('..');
const { scale } = require('./support/scale');

test('idle pools use no CPU', async () => {
  const pools = [1, 8, 100].map((size) => new WorkerPool(size));
  await Promise.all(pools.flatMap((pool) => Array.from({ length: 1000 }, () => pool.run(10))));
  await delay(200);
  const before = process.cpuUsage();
  const seconds = scale(3, 1);
  await delay(1000 * seconds);
  const { user, system } = process.cpuUsage(before);
  // A single thread that never slept would use all the time.
  assert.ok(user + system < 100_000, `${user + system} us of CPU in ${seconds} s`);
  await Promise.all(pools.map((pool) => pool.close()));
});
