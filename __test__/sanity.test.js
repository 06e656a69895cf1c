'use strict';

// The sanity tests that the project's document gives for its pool, for this one: the public build and
// the package's worker.js, as a user has them.
//
// The document's own tests ask how long things take, or count on a computation being long enough.
// These do not: where a worker has to be busy, it is given n = 78, which takes months, in a process
// that ends as soon as it has seen what it came for.

const { test } = require('node:test');
const assert = require('node:assert/strict');
const path = require('node:path');
const { WorkerPool } = require('..');
const { runProgram } = require('./support/child');

const workerFile = path.resolve(__dirname, '../worker.js');

/**
 * Runs `program` in a process of its own. In it, `pool` is a pool of worker.js with these arguments,
 * and `end(text)` ends the process, whatever still runs.
 *
 * @returns {Promise<string>} what it ended with.
 */
async function withPool(size, options, program) {
  const { code, signal, stdout, stderr } = await runProgram(`
    const end = (text) => process.stdout.write(text, () => process.exit());
    const pool = new WorkerPool(${size}, ${JSON.stringify(workerFile)}, ${JSON.stringify(options)});
    ${program}
  `);
  assert.deepEqual({ code, signal, stderr }, { code: 0, signal: null, stderr: '' });
  return stdout;
}

test('basic correctness: fib(10) is 55', async () => {
  const pool = new WorkerPool(4, workerFile);
  assert.deepEqual(await pool.run({ n: 10 }), { n: 10, result: 55 });
  await pool.close();
});

test('parallelism: with two workers, a short task overtakes an earlier long one', async () => {
  const ended = await withPool(
    2,
    {},
    `
    const first = pool.run({ n: 78 }).then(() => 'the long one');
    const second = pool.run({ n: 1 }).then(() => 'the short one');
    Promise.race([first, second]).then(end);
    `,
  );
  assert.equal(ended, 'the short one');
});

test('parallelism: with one worker, a short task cannot overtake an earlier long one', async () => {
  const pool = new WorkerPool(1, workerFile);
  const order = [];
  // Long enough that a second worker would be done with the short one first.
  const long = pool.run({ n: 36 }).then(() => order.push('the long one'));
  const short = pool.run({ n: 1 }).then(() => order.push('the short one'));
  await Promise.all([long, short]);
  assert.deepEqual(order, ['the long one', 'the short one']);
  await pool.close();
});

test('backpressure: a task beyond the busy worker is refused', async () => {
  const ended = await withPool(
    1,
    { maxQueue: 0 },
    `
    pool.run(78); // not awaited: it is to keep the worker busy
    pool.run(20).then(end, (error) => end(error.message));
    `,
  );
  assert.equal(ended, 'Backpressure: task queue is full');
});

test('backpressure: a caller that awaits each task is never refused', async () => {
  const pool = new WorkerPool(1, workerFile, { maxQueue: 0 });
  for (const n of [20, 21, 22]) await pool.run(n);
  await pool.close();
});
