'use strict';

// A timer that rings at the earliest of the times that it was asked for.

// Not the global ones, which tests replace with some of their own making.
const { setTimeout, clearTimeout } = require('node:timers');
const { LONGEST_MS, now } = require('./clock');

class Alarm {
  #ring;
  #timer;
  /** When it rings, in milliseconds since whenever. */
  #at = Infinity;

  /**
   * @param {() => number} ring What is called then. It returns in how many milliseconds to ring again, or
   *   `Infinity`. A timer may come a little early, so it has to look for itself whether it is time.
   */
  constructor(ring) {
    this.#ring = ring;
  }

  /** Has it ring in so many milliseconds, if it would not before. */
  within(milliseconds) {
    const at = now() + milliseconds;
    if (at >= this.#at) return;
    this.stop();
    const delay = Math.min(Math.ceil(milliseconds), LONGEST_MS); // where it has to wait longer it rings early
    this.#timer = setTimeout(() => {
      this.#at = Infinity;
      this.within(this.#ring());
    }, delay);
    this.#at = at;
    this.#timer.unref(); // It keeps nothing alive: what it is for does.
  }

  stop() {
    if (this.#at === Infinity) return;
    clearTimeout(this.#timer);
    this.#at = Infinity;
  }
}

module.exports = { Alarm };
