'use strict';

// Polls for the next task when a task has ended. Waking an event loop that sleeps takes longer than a short task.
//
// A spin takes a turn of the event loop of its own and runs no task: the task arrives as a message, so other events are
// handled in their order. (Node.js handles up to a thousand messages in one turn.)
//
// Only one thread of a pool spins at a time. The other threads, and the thread that submits, need the cores.

const { setImmediate } = require('node:timers');
const { SPIN_PAYS } = require('../platform/cores');
const { isAfter } = require('../link/claims');
const { now } = require('../platform/clock');
const { POSTED, SPINNER, NOBODY } = require('../link/protocol');
const { SpinBackoff } = require('../platform/spin-backoff');

const { compareExchange, load, store } = Atomics;

/** How long to spin, in milliseconds. Falling asleep and waking takes about as long. */
const SPIN_TIME = 0.05;

/**
 * Ends the spin if the clock stands still. On the fastest machine, this number of polls takes longer than `SPIN_TIME`.
 */
const MAX_POLLS = 2_000;

class Spin {
  /** @type {Int32Array} */
  #own;
  /** @type {Int32Array} */
  #common;
  /** @type {number} */
  #me;
  /** The task that ended last. */
  #number = 0;
  /** Fake timers may never call `#spin`. Then only one immediate stays pending. */
  #isPending = false;
  #backoff = new SpinBackoff();

  /**
   * @param {Int32Array} own The thread's memory, see link/protocol.js.
   * @param {Int32Array} common The memory that all threads of the pool share.
   * @param {number} me The number of the thread among them.
   */
  constructor(own, common, me) {
    this.#own = own;
    this.#common = common;
    this.#me = me;
  }

  /**
   * Spins in the next turn of the event loop, until a task is posted, unless earlier spins have missed.
   * @param {number} number The task that ended last.
   */
  start(number) {
    this.#number = number;
    if (!SPIN_PAYS || this.#isPending || this.#hasTask()) return;
    this.#isPending = true;
    setImmediate(this.#spin);
  }

  #spin = () => {
    this.#isPending = false;
    if (this.#hasTask()) return;
    const start = now();
    if (!this.#backoff.allows()) return;
    if (compareExchange(this.#common, SPINNER, NOBODY, this.#me) !== NOBODY) return;
    let time = start;
    for (let polls = 0; polls < MAX_POLLS && !this.#hasTask() && time < start + SPIN_TIME; polls++) time = now();
    store(this.#common, SPINNER, NOBODY);
    // Late, if the thread was suspended during the spin. The task may then have waited for it.
    if (this.#hasTask() && time < start + 2 * SPIN_TIME) this.#backoff.hit();
    else this.#backoff.missed();
  };

  /**
   * Whether a task was posted. The pool stores `POSTED` after it posts, so the number may be below that of `#number`.
   */
  #hasTask() {
    return isAfter(load(this.#own, POSTED), this.#number);
  }
}

module.exports = { Spin };
