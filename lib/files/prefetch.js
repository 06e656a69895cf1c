'use strict';

// How many tasks are posted to a thread ahead of their turn. With short tasks, a thread that has more than one need not
// wait for the pool's event loop between them, which takes longer than such a task.

/** Prefetch while the expected run time of a thread's tasks is below this, in milliseconds. */
const MAX_EXPECTED = 0.1;
/** Upper bound of tasks per thread. */
const MAX_TASKS = 8;
/** The weight of the latest task in the moving average of run times. */
const WEIGHT = 1 / 8;

class Prefetch {
  /** The expected run time of a task, in milliseconds. It is assumed to be long until it is known. */
  #expected = 1;

  /**
   * Records the run time of a task.
   * @param {number} took In milliseconds; `NaN` if it is not known.
   */
  record(took) {
    if (took >= 0) this.#expected += (took - this.#expected) * WEIGHT;
  }

  /**
   * @param {number} count How many tasks a thread has.
   * @returns {boolean} whether another task should be posted to it.
   */
  allows(count) {
    return count < MAX_TASKS && count * this.#expected < MAX_EXPECTED;
  }
}

module.exports = { Prefetch };
