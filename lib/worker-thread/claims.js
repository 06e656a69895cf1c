'use strict';

// Which tasks a thread has begun, as the thread and its pool agree on it.
//
// A thread may have several tasks posted to it, of which it runs one after the other. The pool may take back
// those that have not been begun: so a thread claims each before it begins, and the pool claims the rest for
// itself. Both do so by one atomic exchange of the number begun last (`BEGUN` in protocol.js), so that each task
// is claimed once.

const { BEGUN } = require('./protocol');

/**
 * The thread begins a task.
 * @param {Int32Array} own The thread's memory.
 * @param {number} number The task's.
 * @returns {boolean} whether it may: else it has been taken back.
 */
function begin(own, number) {
  return Atomics.compareExchange(own, BEGUN, number - 1, number) === number - 1;
}

/**
 * The pool takes back what has not been begun; what it posts from then on counts from there.
 * @param {number} posted The number of the task that was posted last.
 * @returns {number} that of the task that was begun last.
 */
function recall(own, posted) {
  for (;;) {
    const begun = Atomics.load(own, BEGUN);
    if (Atomics.compareExchange(own, BEGUN, begun, posted) === begun) return begun;
  }
}

module.exports = { begin, recall };
