'use strict';

// Runs the tasks that were posted to this thread one after the other.

const { START, begin, isClaimed } = require('../link/claims');

/** @typedef {import('../link/protocol').MessageToThread} MessageToThread */
/** @typedef {InstanceType<typeof import('./spin').Spin>} Spin */

class Turns {
  /** @type {Int32Array} */
  #own;
  /** @type {Spin} */
  #spin;
  /**
   * The functions that run the queued tasks, from `#next` on.
   * @type {((() => void) | undefined)[]}
   */
  #waiting = [];
  /**
   * The numbers of the queued tasks, at the same indices.
   * @type {number[]}
   */
  #numbers = [];
  #next = 0;
  /** Whether the file has loaded. No task may begin before. */
  #isOpen = false;
  #isBusy = true;
  #isRunning = false;
  /** The number of the task that ended last. */
  lastEnded = START;
  /**
   * The last message that transferred objects to this thread, until its task begins; see link/moved.js.
   * @type {MessageToThread | undefined}
   */
  moved;

  /**
   * @param {Int32Array} own The thread's memory.
   * @param {Spin} spin
   */
  constructor(own, spin) {
    this.#own = own;
    this.#spin = spin;
  }

  /** Begins the queued tasks when the file has loaded. */
  open() {
    this.#isOpen = true;
    this.#isBusy = false;
    this.#runWaiting();
  }

  /**
   * Enqueues a task.
   * @param {number} number The number of the task.
   * @param {() => void} run Called when the tasks before it have ended. It must call `begin` first, and `end` when the
   *   task has ended or was recalled.
   */
  enqueue(number, run) {
    if (!this.#isOpen) this.#dropRecalled();
    this.#numbers[this.#waiting.length] = number;
    this.#waiting[this.#waiting.length] = run;
    if (!this.#isBusy) this.#runWaiting();
  }

  /**
   * Claims a task, see link/claims.js.
   * @param {number} number
   * @returns {boolean} false if the pool has recalled the task.
   */
  begin(number) {
    this.moved = undefined;
    return begin(this.#own, number);
  }

  /**
   * Ends a task, and runs the next one.
   * @param {number} number
   */
  end(number) {
    this.lastEnded = number;
    this.#isBusy = false;
    this.#runWaiting();
  }

  /**
   * Bounds the queue while the file loads: any number of tasks may be posted and recalled meanwhile. The pool always
   * recalls all tasks, so if the last one is claimed, all are.
   */
  #dropRecalled() {
    const { length } = this.#waiting;
    if (length === 0 || !isClaimed(this.#own, this.#numbers[length - 1])) return;
    this.lastEnded = this.#numbers[length - 1];
    this.#waiting.length = 0;
    this.#numbers.length = 0;
  }

  /** A loop without recursion: `end` calls this within `run`, and any number of tasks may have been recalled. */
  #runWaiting() {
    if (this.#isRunning) return;
    this.#isRunning = true;
    let hasRun = false;
    try {
      while (!this.#isBusy && this.#next < this.#waiting.length) {
        const run = /** @type {() => void} */ (this.#waiting[this.#next]);
        this.#waiting[this.#next++] = undefined;
        if (this.#next === this.#waiting.length) this.#waiting.length = this.#numbers.length = this.#next = 0;
        this.#isBusy = true;
        hasRun = true;
        run();
      }
    } finally {
      this.#isRunning = false;
    }
    if (hasRun && !this.#isBusy) this.#spin.start(this.lastEnded);
  }
}

module.exports = { Turns };
