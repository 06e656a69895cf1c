'use strict';

// The tasks that were posted to this thread: each has its turn when the one before it has ended.

const { START, begin, hasEnded } = require('../link/claims');
const { nextTurn } = require('./next-turn');

/** @typedef {InstanceType<typeof import('./spin').Spin>} Spin */

class Turns {
  #own;
  #spin;
  /** What to run, and the numbers of the tasks, in this order from `#next` on. */
  #waiting = [];
  #numbers = [];
  #next = 0;
  /** No task may begin before the file has loaded. */
  #isOpen = false;
  #isBusy = true;
  /** The next task that waits is about to begin. */
  #isNextDue = false;
  /** The number of the task that has ended last. */
  lastEnded = START;
  /** The last message that moved something here with a task, until that is begun; see moved.js. */
  moved;

  /**
   * @param {Int32Array} own The thread's memory.
   * @param {Spin} spin
   */
  constructor(own, spin) {
    this.#own = own;
    this.#spin = spin;
  }

  /** The file has loaded: begins what has arrived meanwhile. */
  open() {
    this.#isOpen = true;
    this.#isBusy = false;
    this.#proceed();
  }

  /**
   * Calls `run` when it is the task's turn. It calls `begin` before it does anything, and `end` when the task has ended, or was
   * not begun.
   */
  enter(number, run) {
    if (!this.#isBusy && !this.#isNextDue) {
      this.#isBusy = true;
      run();
      return;
    }
    if (!this.#isOpen) this.#dropRecalled();
    this.#numbers[this.#waiting.length] = number;
    this.#waiting[this.#waiting.length] = run;
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
    this.#proceed();
  }

  /** While the file loads, any number of tasks may be posted and recalled. The pool recalls all of them at a time. */
  #dropRecalled() {
    const { length } = this.#waiting;
    if (length === 0 || !hasEnded(this.#own, this.#numbers[length - 1])) return;
    this.lastEnded = this.#numbers[length - 1];
    this.#waiting.length = 0;
    this.#numbers.length = 0;
  }

  /**
   * The thread is free. A task that waits begins in a turn of its own, not where the last one ended: callbacks and microtasks of
   * that come first, and its asynchronous context does not pass to the next.
   */
  #proceed() {
    if (this.#next === this.#waiting.length) {
      this.#spin.beyond(this.lastEnded);
      return;
    }
    this.#isNextDue = true;
    nextTurn(this.#runNext);
  }

  #runNext = () => {
    this.#isNextDue = false;
    const run = this.#waiting[this.#next];
    this.#waiting[this.#next++] = undefined;
    if (this.#next === this.#waiting.length) this.#waiting.length = this.#numbers.length = this.#next = 0;
    this.#isBusy = true;
    run();
  };
}

module.exports = { Turns };
