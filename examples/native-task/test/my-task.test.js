'use strict';

const { after, test } = require('node:test');
const assert = require('node:assert/strict');
const { WorkerPool } = require('native-worker-pool');
const { myTask } = require('..');

const pool = new WorkerPool(2, myTask);
after(() => pool.close());

test('bytes become the means of those around them', async () => {
  assert.deepEqual([...(await pool.run({ data: new Uint8Array([0, 9, 0]), radius: 1 }))], [4, 3, 4]);
});

test('progress is reported', async () => {
  const reports = [];
  await pool.run({ data: new Uint8Array(1e6), radius: 1 }, { onProgress: (progress) => reports.push(progress) });
  assert.deepEqual(reports[0], { done: 0, total: 1e6 });
});

test('wrong data reject with an error that says where', async () => {
  await assert.rejects(pool.run({ data: new Uint8Array(1), radius: -1 }), {
    code: 'ERR_INVALID_ARG_VALUE',
    message: /radius/,
  });
  await assert.rejects(pool.run({ data: new Uint8Array(1), radius: 5000 }), { code: 'E_RADIUS', limit: 1000 });
});

test('a task can be aborted', async () => {
  const data = new Uint8Array(5e7);
  await assert.rejects(pool.run({ data, radius: 1000 }, { timeout: 1 }), { code: 'ERR_POOL_TIMEOUT' });
});
