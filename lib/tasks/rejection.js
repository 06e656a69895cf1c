'use strict';

/** @typedef {import('./slots').Resolve} Resolve */

/**
 * A promise that is resolved with this rejects. A promise comes with two functions that settle it. With a long queue,
 * their memory keeps the garbage collector busy, so only `resolve` is kept. The promise rejects a microtask later.
 */
class Rejection {
  #error;
  #next;

  /**
   * @param {unknown} error
   * @param {() => void} [next] Called when the promise has rejected.
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
