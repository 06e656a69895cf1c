'use strict';

// The tasks that were posted to this thread: each has its turn when the one before it has ended.

const { START, begin } = require('./claims');

class Turns {
  #own;
  #spin;
  #waiting = [];
  #isBusy = false;
  /** The number of the task that has ended last. */
  lastEnded = START;
  /** The last message that moved something here with a task, until that is begun; see moved.js. */
  moved;

  /**
   * @param {Int32Array} own The thread's memory.
   * @param {import('./spin').Spin} spin
   */
  constructor(own, spin) {
    this.#own = own;
    this.#spin = spin;
  }

  /**
   * Calls `run` when it is the task's turn. It calls `begin` before it does anything, and `end` when the task has
   * ended, or was not begun.
   */
  enter(run) {
    if (this.#isBusy) {
      this.#waiting.push(run);
      return;
    }
    this.#isBusy = true;
    run();
  }

  /** @returns {boolean} whether the task of that number is still to be run here. */
  begin(number) {
    this.moved = undefined;
    return begin(this.#own, number);
  }

  /** The task of that number has ended. */
  end(number) {
    this.lastEnded = number;
    const next = this.#waiting.shift();
    if (next !== undefined) {
      next();
      return;
    }
    this.#isBusy = false;
    this.#spin.beyond(number);
  }
}

module.exports = { Turns };
