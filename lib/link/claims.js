'use strict';

// Decides which tasks a thread has begun, consistently for the thread and its pool.
//
// Several tasks may be posted to a thread, which runs them in order. The pool may recall the tasks that have not begun.
// So the thread claims each task before it begins, and the pool claims all that it recalls. Both compare and exchange
// the same number (`BEGUN` in protocol.js), so each task is claimed exactly once.

const { BEGUN } = require('./protocol');

const { compareExchange, load } = Atomics; // before a worker file can replace them

/** Task numbers start 20 below the 32-bit wrap-around, so every run exercises it. */
const START = 2 ** 31 - 20;

/**
 * The number of the task that is posted after `number`.
 * @param {number} number
 */
const next = (number) => (number + 1) | 0;

/**
 * Whether a task was posted after another one of the same thread. The numbers must be less than 2 ** 31 apart.
 * @param {number} number
 * @param {number} other
 */
const isAfter = (number, other) => ((number - other) | 0) > 0;

/**
 * Claims a task for the thread.
 * @param {Int32Array} own The thread's memory.
 * @param {number} number The number of the task.
 * @returns {boolean} false if the pool has recalled the task.
 */
function begin(own, number) {
  const before = (number - 1) | 0;
  return compareExchange(own, BEGUN, before, number) === before;
}

/**
 * Whether the task has begun or was recalled.
 * @param {Int32Array} own The thread's memory.
 * @param {number} number The number of the task.
 */
const isClaimed = (own, number) => !isAfter(number, load(own, BEGUN));

/**
 * Claims all tasks that have not begun for the pool, which may run them elsewhere.
 * @param {Int32Array} own The thread's memory.
 * @param {number} posted The number of the task that was posted last.
 * @returns {number} the number of the task that was claimed last before.
 */
function recall(own, posted) {
  for (;;) {
    const begun = load(own, BEGUN);
    if (compareExchange(own, BEGUN, begun, posted) === begun) return begun;
  }
}

module.exports = { START, next, isAfter, begin, isClaimed, recall };
