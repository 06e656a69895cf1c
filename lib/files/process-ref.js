'use strict';

// Keeps the process alive for the tasks of a worker file's pool.

const { hold, release } = require('../platform/event-loop');

class Anchor {
  #isHeld = false;
  #isDropped = false;

  setTasks(hasTasks) {
    this.#update(hasTasks);
  }

  /** Holds nothing from now on. */
  drop() {
    this.#isDropped = true;
    this.#update(false);
  }

  #update(hasTasks) {
    const isNeeded = hasTasks && !this.#isDropped;
    if (isNeeded === this.#isHeld) return;
    this.#isHeld = isNeeded;
    if (isNeeded) hold();
    else release();
  }
}

module.exports = { Anchor };
