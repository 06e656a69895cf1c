'use strict';

// How many tasks are posted to a thread ahead of their turn. With short tasks, a thread that has more than one need not wait
// for the pool's event loop between them, which takes longer than such a task.

/** Prefetch while the expected run time of a thread's tasks is below this, in milliseconds. */
const MAX_EXPECTED = 0.1;
/** Upper bound of tasks per thread. */
const MAX_TASKS = 8;
/** The weight of the last task in the moving average of run times. */
const WEIGHT = 1 / 8;

class Prefetch {
  /** The expected run time of a task, in milliseconds. Nothing is known at first, so assume a long one. */
  #expected = 1;

  /** Records the run time of a task, in milliseconds; `NaN` if it is not known. */
  record(took) {
    if (took >= 0) this.#expected += (took - this.#expected) * WEIGHT;
  }

  /** Whether a thread with `count` tasks should get another. */
  allows(count) {
    return count < MAX_TASKS && count * this.#expected < MAX_EXPECTED;
  }
}

module.exports = { Prefetch };
