'use strict';

// How many tasks and other things are still to come back from the native side. While there are any, the
// process stays alive.

class InFlight {
  /**
   * Raised with `if (count++ === 0) keepAlive(true)`, spelt out where no call of JavaScript may come
   * between the count and what is counted.
   */
  count = 0;

  /** @param {(whether: boolean) => void} keepAlive Tells the native side. */
  constructor(keepAlive) {
    this.keepAlive = keepAlive;
  }

  /** One has come back. @returns {boolean} whether it was the last. */
  land() {
    if (--this.count > 0) return false;
    this.keepAlive(false);
    return true;
  }
}

module.exports = { InFlight };
