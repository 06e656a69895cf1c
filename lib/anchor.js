'use strict';

// Keeps the process alive for the tasks of a worker file's pool, and for what their threads have printed.

const { setInterval, clearInterval } = require('node:timers');
const { LONGEST_MS } = require('./clock');

class Anchor {
  #timer = setInterval(() => {}, LONGEST_MS).unref();
  #hasTasks = false;
  /** The seats with output that has not gone out. */
  #printing = new Set();

  setTasks(hasTasks) {
    this.#hasTasks = hasTasks;
    this.#hold();
  }

  setPrinting(seat, isPrinting) {
    if (isPrinting) this.#printing.add(seat);
    else this.#printing.delete(seat);
    this.#hold();
  }

  /** It is of no use any more. */
  drop() {
    clearInterval(this.#timer);
  }

  #hold() {
    if (this.#hasTasks || this.#printing.size > 0) this.#timer.ref();
    else this.#timer.unref();
  }
}

module.exports = { Anchor };
