'use strict';

// Which tasks a thread has begun, as the thread and its pool agree on it.
//
// A thread may have several tasks posted to it, of which it runs one after the other. The pool may take back
// those that have not been begun: so a thread claims each before it begins, and the pool claims the rest for
// itself. Both do so by one atomic exchange of the number begun last (`BEGUN` in protocol.js), so that each task
// is claimed once.

const { BEGUN } = require('./protocol');

const { compareExchange, load } = Atomics; // before a worker file can replace them

/** The number before that of a thread's first task. So soon before they wrap, that a mistake there cannot hide. */
const START = 2 ** 31 - 20;

/** The number of the task that is posted after that one. */
const next = (number) => (number + 1) | 0;

/** Whether a task was posted after that other one, of the same thread and not long before. */
const isAfter = (number, other) => ((number - other) | 0) > 0;

/**
 * The thread begins a task.
 * @param {Int32Array} own The thread's memory.
 * @param {number} number The task's.
 * @returns {boolean} whether it may: else it has been taken back.
 */
function begin(own, number) {
  const before = (number - 1) | 0;
  return compareExchange(own, BEGUN, before, number) === before;
}

/** Whether the task of that number has begun, or was recalled, and is not the next. */
const hasEnded = (own, number) => !isAfter(number, load(own, BEGUN));

/**
 * The pool takes back what has not been begun; what it posts from then on counts from there.
 * @param {number} posted The number of the task that was posted last.
 * @returns {number} that of the task that was begun last.
 */
function recall(own, posted) {
  for (;;) {
    const begun = load(own, BEGUN);
    if (compareExchange(own, BEGUN, begun, posted) === begun) return begun;
  }
}

module.exports = { START, next, isAfter, begin, hasEnded, recall };
