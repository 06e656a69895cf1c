'use strict';

// The signal of one task: the little of an AbortSignal that a pool uses, for a fraction of its cost.

class JobSignal {
  aborted = false;
  /** @type {unknown} */
  reason;
  /** @type {(() => void)[]} */
  #listeners = [];

  /**
   * @param {'abort'} _type
   * @param {() => void} listener
   */
  addEventListener(_type, listener) {
    this.#listeners.push(listener);
  }

  /**
   * @param {'abort'} _type
   * @param {() => void} listener
   */
  removeEventListener(_type, listener) {
    this.#listeners = this.#listeners.filter((other) => other !== listener);
  }

  /** @param {unknown} reason */
  abort(reason) {
    if (this.aborted) return;
    this.aborted = true;
    this.reason = reason;
    for (const listener of this.#listeners.splice(0)) listener();
  }
}

module.exports = { JobSignal };
