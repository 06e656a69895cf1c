'use strict';

const { test } = require('node:test');
const assert = require('node:assert/strict');
const { WorkerPool } = require('./support/build-with-test-workers');

test('bad data never reaches a worker, not even as NaN', async () => {
  // A worker that answers any number with itself.
  const pool = new WorkerPool(1, 'native:test-panic');
  await assert.rejects(pool.run(Symbol('no number')), TypeError);
  await assert.rejects(pool.run(Symbol('no number'), { priority: 1 }), TypeError);
  assert.ok(Number.isNaN(await pool.run(Number.NaN)), 'which is a number as any other');
  const { submitted, completed, failed } = pool.stats();
  assert.deepEqual({ submitted, completed, failed }, { submitted: 3, completed: 1, failed: 2 });
  await pool.close();
});
