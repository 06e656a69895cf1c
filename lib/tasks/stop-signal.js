'use strict';

// The signal of the tasks of a `map` or `stream`, which stops them when the first one fails. To a pool it is a signal
// like any other, see abort-signals.js. It is no AbortSignal, because programs replace that class and what it inherits
// from.

class StopSignal {
  aborted = false;
  /** @type {unknown} */
  reason;
  /** @type {Set<() => void>} */
  #listeners = new Set();

  /**
   * @param {'abort'} _type
   * @param {() => void} listener
   */
  addEventListener(_type, listener) {
    this.#listeners.add(listener);
  }

  /**
   * @param {'abort'} _type
   * @param {() => void} listener
   */
  removeEventListener(_type, listener) {
    this.#listeners.delete(listener);
  }

  /**
   * May be called again if a call was interrupted: listeners that were called have removed themselves.
   * @param {unknown} reason
   */
  abort(reason) {
    this.reason ??= reason;
    this.aborted = true;
    for (const listener of [...this.#listeners]) listener();
  }
}

module.exports = { StopSignal };
