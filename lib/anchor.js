'use strict';

// Keeps the process alive for the tasks of a worker file's pool, and for what their threads have printed.

const { hold, release } = require('./event-loop');

class Anchor {
  #hasTasks = false;
  /** The seats with output that has not gone out. */
  #printing = new Set();
  #isHeld = false;
  #isDropped = false;

  setTasks(hasTasks) {
    this.#hasTasks = hasTasks;
    this.#update();
  }

  setPrinting(seat, isPrinting) {
    if (isPrinting) this.#printing.add(seat);
    else this.#printing.delete(seat);
    this.#update();
  }

  /** Holds nothing from now on. */
  drop() {
    this.#isDropped = true;
    this.#update();
  }

  #update() {
    const isNeeded = !this.#isDropped && (this.#hasTasks || this.#printing.size > 0);
    if (isNeeded === this.#isHeld) return;
    this.#isHeld = isNeeded;
    if (isNeeded) hold();
    else release();
  }
}

module.exports = { Anchor };
