'use strict';

// A worker looks for work before it sleeps, and then sleeps.

const { test } = require('node:test');
const assert = require('node:assert/strict');
const { setTimeout: delay } = require('node:timers/promises');
const { WorkerPool } = require('..');

test('idle pools use no CPU', async () => {
  const pools = [1, 8, 100].map((size) => new WorkerPool(size));
  await Promise.all(pools.flatMap((pool) => Array.from({ length: 1000 }, () => pool.run(10))));
  await delay(200);
  const before = process.cpuUsage();
  await delay(3000);
  const { user, system } = process.cpuUsage(before);
  // A single thread that never slept would use 3,000 ms.
  assert.ok(user + system < 100_000, `${user + system} us of CPU in three seconds`);
  await Promise.all(pools.map((pool) => pool.close()));
});
