'use strict';

// How many tasks a thread of a worker file has at a time: one that runs, and if they are short so many more that
// it need not wait for the pool's event loop between two of them, which takes longer than a short task does.

/** As many as are expected to take so long, in milliseconds, */
const WORTH = 0.1;
/** but so many at most. */
const MOST = 8;
/** What counts of each task for what is expected of the next. */
const WEIGHT = 1 / 8;

class Lookahead {
  /** How long a task is expected to take, in milliseconds. At first nothing is known: too long. */
  #expected = 1;

  /** A task took so many milliseconds; `NaN` if that is not known. */
  record(took) {
    if (took >= 0) this.#expected += (took - this.#expected) * WEIGHT;
  }

  /** Whether a thread that has so many tasks should have one more. */
  allows(count) {
    return count < MOST && count * this.#expected < WORTH;
  }
}

module.exports = { Lookahead };
