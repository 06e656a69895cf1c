'use strict';

// The tasks that were posted to this thread: each has its turn when the one before it has ended.

const { START, begin } = require('../link/claims');

class Turns {
  #own;
  #spin;
  /** What to do, in this order from `#next` on. */
  #waiting = [];
  #next = 0;
  /** No task may begin before the file is loaded. */
  #isBusy = true;
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

  /** The file is loaded: begins what has come meanwhile. */
  open() {
    this.#isBusy = false;
    this.#runNext();
  }

  /**
   * Calls `run` when it is the task's turn. It calls `begin` before it does anything, and `end` when the task has
   * ended, or was not begun.
   */
  enter(run) {
    this.#waiting[this.#waiting.length] = run;
    if (!this.#isBusy) this.#runNext();
  }

  /** @returns {boolean} whether the task of that number is still to be run here. */
  begin(number) {
    this.moved = undefined;
    return begin(this.#own, number);
  }

  /** The task of that number has ended. */
  end(number) {
    this.lastEnded = number;
    this.#isBusy = false;
    if (!this.#runNext()) this.#spin.beyond(number);
  }

  /** @returns {boolean} whether there was any. */
  #runNext() {
    if (this.#next === this.#waiting.length) return false;
    const run = this.#waiting[this.#next];
    this.#waiting[this.#next++] = undefined;
    if (this.#next === this.#waiting.length) this.#waiting.length = this.#next = 0;
    this.#isBusy = true;
    run();
    return true;
  }
}

module.exports = { Turns };
