'use strict';

// What a thread does when its task has ended: it looks for the next for a while before its event loop goes
// to sleep, since to wake that takes longer than a short task. The task itself comes by the event loop, so
// that all else that waits there has its turn between two tasks.
//
// One thread of a pool at a time does so: the others, and who gives the tasks, need the cores.

const { performance } = require('node:perf_hooks');
const { SPIN_PAYS } = require('../cores');
const { POSTED, SPINNER, NOBODY } = require('./protocol');

/** How long to look, in milliseconds: about what it takes to fall asleep and be woken. */
const LENGTH = 0.05;

class Spin {
  #own;
  #common;
  #me;

  /**
   * @param {Int32Array} own The thread's memory, and
   * @param {Int32Array} common that of all threads, see protocol.js.
   * @param {number} me The thread's number among them.
   */
  constructor(own, common, me) {
    this.#own = own;
    this.#common = common;
    this.#me = me;
  }

  /** Returns when a task beyond that of this number was posted, or soon. */
  beyond(number) {
    if (!SPIN_PAYS || Atomics.load(this.#own, POSTED) !== number) return;
    if (Atomics.compareExchange(this.#common, SPINNER, NOBODY, this.#me) !== NOBODY) return;
    const end = performance.now() + LENGTH;
    while (Atomics.load(this.#own, POSTED) === number && performance.now() < end);
    Atomics.store(this.#common, SPINNER, NOBODY);
  }
}

module.exports = { Spin };
