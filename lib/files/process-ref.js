'use strict';

// Keeps the process alive while the pool of a worker file has tasks.

const { refProcess, unrefProcess } = require('../platform/event-loop');

class ProcessRef {
  #isHeld = false;
  #isDropped = false;

  /**
   * Keeps the process alive, or lets it end.
   * @param {boolean} isHeld
   */
  set(isHeld) {
    const isNeeded = isHeld && !this.#isDropped;
    if (isNeeded === this.#isHeld) return;
    if (isNeeded) refProcess();
    else unrefProcess();
    this.#isHeld = isNeeded; // last: the end of the stack may interrupt the call
  }

  /** Lets the process end. Later calls of `set` have no effect. */
  drop() {
    this.#isDropped = true;
    this.set(false);
  }
}

module.exports = { ProcessRef };
