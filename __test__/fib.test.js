'use strict';

const { test } = require('node:test');
const assert = require('node:assert/strict');
const { WorkerPool } = require('..');

test('fib agrees with the recurrence for every n that is fast to compute', async () => {
  const pool = new WorkerPool(2);
  const expected = [0, 1];
  while (expected.length <= 36) expected.push(expected.at(-1) + expected.at(-2));
  const results = await Promise.all(expected.map((_, n) => pool.run({ n })));
  assert.deepEqual(
    results,
    expected.map((result, n) => ({ n, result })),
  );
  await pool.close();
});

test('n above 78 rejects with a RangeError that names the limit', async () => {
  const pool = new WorkerPool(1);
  for (const n of [79, 100, 2 ** 32 + 1, 2 ** 53, Number.MAX_VALUE]) {
    await assert.rejects(pool.run(n), (error) => {
      assert.ok(error instanceof RangeError);
      assert.equal(error.code, 'ERR_OUT_OF_RANGE');
      assert.ok(error.message.includes('safe integer') && error.message.includes('78'));
      return true;
    });
  }
  await pool.close();
});

test('data without a valid n rejects with the message of worker.js', async () => {
  const pool = new WorkerPool(1);
  for (const [data, text] of [
    ['abc', 'abc'],
    [null, 'null'],
    [undefined, 'undefined'],
    [{}, '[object Object]'],
    [{ n: -1 }, '[object Object]'],
    [-1, '-1'],
    [2.5, '2.5'],
    [NaN, 'NaN'],
    [Infinity, 'Infinity'],
    [[1, 2], '1,2'],
  ]) {
    await assert.rejects(pool.run(data), {
      name: 'TypeError',
      code: 'ERR_INVALID_ARG_VALUE',
      message: `Invalid n: ${text}`,
    });
  }
  await pool.close();
});
