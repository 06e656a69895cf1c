'use strict';

// The assertions about the tasks of a schedule and the counts of its pool.

const assert = require('node:assert/strict');

/** The code with which a task fails by itself, by its kind. */
const OWN_FAILURE = { fail: 'ERR_INVALID_ARG_VALUE', panic: 'ERR_POOL_CRASH' };

/** Asserts that the counts of a pool add up, as they must at every moment. */
function assertSum(stats, concurrency) {
  const { size, idle, running, stopping, submitted, completed, failed, aborted, timedOut, queued } = stats;
  const told = JSON.stringify(stats);
  assert.equal(submitted, completed + failed + aborted + timedOut + queued + running, told);
  // Seats whose threads cannot be started count as none of these. More than `size` may be busy after a reduction.
  assert.ok(idle === 0 || idle + running + stopping <= size * concurrency, told);
}

/**
 * Asserts that a task settled once, with its own result or with an error that is possible.
 * @param {{ maxQueue: number, isForced: boolean, lacksThreads: boolean, concurrency: number }} life The history of its pool.
 */
function assertOutcome(task, life) {
  const { kind, input, signal, options, settled, value, error, isUnreadable } = task;
  const told = JSON.stringify({ kind, input, options, code: error?.code, message: error?.message, value });
  assert.equal(settled, 1, told);
  if (error === undefined) {
    assert.ok((kind === 'echo' || kind === 'spin') && value === input && !isUnreadable, told);
    return;
  }
  const possible = {
    [OWN_FAILURE[kind]]: true,
    ABORT_ERR: signal?.hasAborted(),
    ERR_POOL_TIMEOUT: options.timeout !== undefined,
    ERR_POOL_QUEUE_TIMEOUT: options.queueTimeout !== undefined,
    ERR_POOL_QUEUE_FULL: life.maxQueue !== Infinity,
    // One message is for refused tasks, the other for tasks that a forced close gave up.
    ERR_POOL_CLOSED: error.message === 'Pool is closing' ? task.wasClosing : life.isForced,
    ERR_WORKER_INIT_FAILED: life.lacksThreads,
    // A neighbour has ended the thread.
    ...(life.concurrency > 1 && { ERR_POOL_CRASH: true }),
    ...(isUnreadable && { ERR_INVALID_ARG_VALUE: true }),
  };
  assert.ok(possible[error.code], told);
  if (task.neverATask && !isUnreadable) assert.equal(error.code, 'ABORT_ERR', told);
}

/** Asserts that the counts of the pool match the outcomes of the promises. */
function assertCounts(stats, tasks) {
  const admitted = tasks.filter(({ neverATask, isUnreadable }) => !neverATask && !isUnreadable);
  const count = (...ends) => admitted.filter((task) => ends.includes(endOf(task))).length;
  // If a signal aborts while the pool adds its listener, the task may or may not have been submitted.
  const doubtful = admitted.filter((task) => task.isDoubtful && endOf(task) === 'ABORT_ERR').length;
  const aborted = count('ABORT_ERR', 'Pool is closing: the task was given up');
  const submitted = admitted.length - count('ERR_POOL_QUEUE_FULL', 'Pool is closing');
  const { completed, failed, timedOut, refused } = stats;
  assert.deepEqual(
    { completed, failed, timedOut, refused },
    {
      completed: count('completed'),
      failed: count('ERR_INVALID_ARG_VALUE', 'ERR_POOL_CRASH', 'ERR_WORKER_INIT_FAILED'),
      timedOut: count('ERR_POOL_TIMEOUT', 'ERR_POOL_QUEUE_TIMEOUT'),
      refused: count('ERR_POOL_QUEUE_FULL', 'Pool is closing'),
    },
  );
  assert.ok(stats.aborted <= aborted && stats.aborted >= aborted - doubtful, `${stats.aborted} of ${aborted} aborted`);
  assert.equal(submitted - stats.submitted, aborted - stats.aborted);
}

/** The outcome of a task: its code, but for `ERR_POOL_CLOSED` the message, which has two meanings. */
function endOf({ error }) {
  if (error === undefined) return 'completed';
  return error.code === 'ERR_POOL_CLOSED' ? error.message : error.code;
}

module.exports = { assertSum, assertOutcome, assertCounts };
