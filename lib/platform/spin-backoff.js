'use strict';

// Decides whether spinning is worth it, from the results of earlier spins.
//
// A spin misses if nothing arrives until it ends. It misses if tasks take long or are rare, and then costs CPU time. It
// also misses if the thread that it waits for has no core to run on, perhaps because this one occupies it, and then
// delays what it waits for. So a miss doubles the number of opportunities that pass until the next spin.
//
// A spin saves some 10 us, and a miss may cost 100. So the number falls slowly: it only falls in the long run if less
// than about one spin in seventy misses.

/** The upper bound of opportunities that pass without a spin. It makes misses rarer than the 99th percentile. */
const MAX_SKIPS = 512;
/** What a hit multiplies the number of skips by. */
const DECAY = 0.99;

class SpinBackoff {
  /** The number of opportunities that pass after the next miss, before it doubles. */
  #skips = 0;
  /** How many opportunities still pass. */
  #left = 0;

  /** @returns {boolean} whether to spin now. Called once per opportunity. */
  allows() {
    if (this.#left === 0) return true;
    this.#left--;
    return false;
  }

  /** Records that something arrived during a spin. */
  hit() {
    this.#skips *= DECAY;
  }

  /** Records that nothing arrived during a spin. */
  missed() {
    // Without `Math`, which a worker file may replace.
    this.#skips = this.#skips < 0.5 ? 1 : this.#skips * 2;
    if (this.#skips > MAX_SKIPS) this.#skips = MAX_SKIPS;
    this.#left = this.#skips | 0;
  }
}

module.exports = { SpinBackoff };
