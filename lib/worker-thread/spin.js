'use strict';

// What a thread does when its task has ended: it looks for the next for a while before its event loop goes
// to sleep, since to wake that takes longer than a short task. It does so in a turn of its own, and the task itself
// comes by the event loop, so that all else that waits there has its turn. (As in any thread: Node.js passes on up to a
// thousand messages in one turn, if so many are there.)
//
// One thread of a pool at a time does so: the others, and who gives the tasks, need the cores.

const { setImmediate } = require('node:timers');
const { SPIN_PAYS } = require('../platform/cores');
const { isAfter } = require('../link/claims');
const { now } = require('../platform/clock');
const { POSTED, SPINNER, NOBODY } = require('../link/protocol');

const { compareExchange, load, store } = Atomics;

/** How long to look, in milliseconds: about what it takes to fall asleep and be woken. */
const LENGTH = 0.05;

/** How often to look at most, should the clock stand still. It takes longer than `LENGTH` on the fastest machine. */
const MOST_LOOKS = 2_000;

class Spin {
  #own;
  #common;
  #me;
  /** Of the task that has ended. */
  #number;
  /** Fake timers may never call `#look`: then one of these is pending, and no more. */
  #isPending = false;

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

  /** Looks for a task beyond that of this number, in the next turn of the event loop. */
  beyond(number) {
    this.#number = number;
    if (!SPIN_PAYS || this.#isPending || this.#isThere()) return;
    this.#isPending = true;
    setImmediate(this.#look);
  }

  #look = () => {
    this.#isPending = false;
    if (this.#isThere()) return;
    if (compareExchange(this.#common, SPINNER, NOBODY, this.#me) !== NOBODY) return;
    const end = now() + LENGTH;
    for (let looks = 0; looks < MOST_LOOKS && !this.#isThere() && now() < end; looks++);
    store(this.#common, SPINNER, NOBODY);
  };

  /** The number of what was posted is written after that, so it may be lower than that of the task that has ended. */
  #isThere() {
    return isAfter(load(this.#own, POSTED), this.#number);
  }
}

module.exports = { Spin };
