'use strict';

// Runs the tasks that were posted to this thread one after the other.

const { getHeapStatistics } = require('node:v8');
const { START, begin, isClaimed } = require('../link/claims');
const { nextTurn } = require('./next-turn');
const { HEAVY } = require('../link/protocol');

/** @typedef {import('../link/protocol').MessageToThread} MessageToThread */
/** @typedef {InstanceType<typeof import('./spin').Spin>} Spin */

const { store } = Atomics; // before the file can replace it

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
  /** Whether `#runNext` is scheduled. */
  #isNextDue = false;
  /** The number of the task that ended last. */
  lastEnded = START;
  /**
   * The last message that transferred objects to this thread, until its task begins; see link/moved.js.
   * @type {MessageToThread | undefined}
   */
  moved;

  #maxHeap;

  /**
   * @param {Int32Array} own The thread's memory.
   * @param {Spin} spin
   * @param {number} maxHeap The bytes that the heap may have after a task, before the thread is replaced.
   */
  constructor(own, spin, maxHeap) {
    this.#own = own;
    this.#spin = spin;
    this.#maxHeap = maxHeap;
  }

  /** Begins the queued tasks when the file has loaded. */
  open() {
    this.#isOpen = true;
    this.#isBusy = false;
    this.#proceed();
  }

  /**
   * Enqueues a task.
   * @param {number} number The number of the task.
   * @param {() => void} run Called when the tasks before it have ended. It must call `begin` first, and `end` when the
   *   task has ended or was recalled.
   */
  enqueue(number, run) {
    if (!this.#isBusy && !this.#isNextDue) {
      this.#isBusy = true;
      run();
      return;
    }
    if (!this.#isOpen) this.#dropRecalled();
    this.#numbers[this.#waiting.length] = number;
    this.#waiting[this.#waiting.length] = run;
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
    if (this.#maxHeap !== Infinity && getHeapStatistics().used_heap_size > this.#maxHeap) store(this.#own, HEAVY, 1);
    this.#proceed();
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

  /**
   * Schedules the next task, or spins. The next task begins in a later turn: the callbacks and microtasks of the last
   * task run first, and the next task does not inherit its async context.
   */
  #proceed() {
    if (this.#next === this.#waiting.length) {
      this.#spin.start(this.lastEnded);
      return;
    }
    this.#isNextDue = true;
    nextTurn(this.#runNext);
  }

  #runNext = () => {
    this.#isNextDue = false;
    const run = /** @type {() => void} */ (this.#waiting[this.#next]);
    this.#waiting[this.#next++] = undefined;
    if (this.#next === this.#waiting.length) this.#waiting.length = this.#numbers.length = this.#next = 0;
    this.#isBusy = true;
    run();
  };
}

module.exports = { Turns };
