'use strict';

// Begins the tasks that were posted to this thread in their order: one after the other, or several at a time.

const { getHeapStatistics } = require('node:v8');
const { START, begin, isAfter, isClaimed } = require('../link/claims');
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
  /**
   * The numbers of the tasks that run.
   * @type {number[]}
   */
  #running = [];
  /** Whether `#runNext` is scheduled. */
  #isNextDue = false;
  /** The highest number of a task that has ended. */
  lastEnded = START;
  /**
   * The messages that transferred objects to this thread, until their tasks begin; see link/moved.js.
   * @type {MessageToThread[]}
   */
  moved = [];

  #concurrency;
  #maxHeap;

  /**
   * @param {Int32Array} own The thread's memory.
   * @param {Spin} spin
   * @param {number} concurrency How many tasks run at a time.
   * @param {number} maxHeap The bytes that the heap may have after a task, before the thread is replaced.
   */
  constructor(own, spin, concurrency, maxHeap) {
    this.#own = own;
    this.#spin = spin;
    this.#concurrency = concurrency;
    this.#maxHeap = maxHeap;
  }

  /** Begins the queued tasks when the file has loaded. */
  open() {
    this.#isOpen = true;
    this.#proceed();
  }

  /**
   * Enqueues a task.
   * @param {number} number The number of the task.
   * @param {() => void} run Called when it is the task's turn. It must call `begin` first, and `end` when the task has
   *   ended or was recalled.
   */
  enqueue(number, run) {
    if (this.#mayBegin && !this.#isNextDue) {
      this.#running[this.#running.length] = number;
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
    if (this.moved.length > 0) this.#forgetMoved(number);
    return begin(this.#own, number);
  }

  /** @param {number} number Of a task that begins. */
  #forgetMoved(number) {
    const { moved } = this;
    this.moved = [];
    for (let i = 0; i < moved.length; i++) if (moved[i][1] !== number) this.moved[this.moved.length] = moved[i];
  }

  /**
   * @param {number} number
   * @returns {boolean} whether the task of this number has begun, or was recalled.
   */
  hasBegun(number) {
    return isClaimed(this.#own, number);
  }

  /**
   * Ends a task, and runs the next one.
   * @param {number} number
   */
  end(number) {
    if (isAfter(number, this.lastEnded)) this.lastEnded = number;
    removeNumber(this.#running, number);
    if (this.#maxHeap !== Infinity && getHeapStatistics().used_heap_size > this.#maxHeap) store(this.#own, HEAVY, 1);
    this.#proceed();
  }

  /** @returns {number[]} the numbers of the tasks that run. */
  running() {
    const numbers = [];
    for (let i = 0; i < this.#running.length; i++) numbers[i] = this.#running[i];
    return numbers;
  }

  /** Whether another task may run beside those that run. */
  get #mayBegin() {
    return this.#isOpen && this.#running.length < this.#concurrency;
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
   * Schedules the next task, or spins if none runs. The next task begins in a later turn: the callbacks and microtasks of the last
   * task run first, and the next task does not inherit its async context.
   */
  #proceed() {
    if (this.#next === this.#waiting.length) {
      if (this.#running.length === 0) this.#spin.start(this.lastEnded);
    } else if (!this.#isNextDue && this.#mayBegin) {
      this.#isNextDue = true;
      nextTurn(this.#runNext);
    }
  }

  #runNext = () => {
    this.#isNextDue = false;
    const run = /** @type {() => void} */ (this.#waiting[this.#next]);
    this.#running[this.#running.length] = this.#numbers[this.#next];
    this.#waiting[this.#next++] = undefined;
    if (this.#next === this.#waiting.length) this.#waiting.length = this.#numbers.length = this.#next = 0;
    try {
      run();
    } finally {
      if (this.#next < this.#waiting.length) this.#proceed();
    }
  };
}

/**
 * Removes a number from a list, whose order may change.
 * @param {number[]} numbers
 * @param {number} number
 */
function removeNumber(numbers, number) {
  for (let i = 0; i < numbers.length; i++) {
    if (numbers[i] !== number) continue;
    numbers[i] = numbers[numbers.length - 1];
    numbers.length--;
    return;
  }
}

module.exports = { Turns };
