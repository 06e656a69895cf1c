'use strict';

/** @typedef {import('./slots').Resolve} Resolve */

/**
 * A thenable that rejects the promise that is resolved with it, one microtask later. It allows tasks to keep only the
 * `resolve` function of their promise: with a long queue, a second function per task would cost the garbage collector
 * time.
 */
class Rejection {
  #error;
  #next;

  /**
   * @param {unknown} error
   * @param {() => void} [next] Called after the promise was rejected.
   */
  constructor(error, next) {
    this.#error = error;
    this.#next = next;
  }

  /**
   * @param {Resolve} _resolve
   * @param {(error: unknown) => void} reject
   */
  // biome-ignore lint/suspicious/noThenProperty: a promise calls it
  then(_resolve, reject) {
    reject(this.#error);
    this.#next?.();
  }
}

module.exports = { Rejection };
