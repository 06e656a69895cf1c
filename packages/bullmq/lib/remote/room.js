'use strict';

// `ready()`: callers that wait for room in the queue. Each free place is offered to one of them, in call order.

const errors = require('../errors');

class Room {
  #free;
  /** Offered places that no `run` has used yet. */
  #offered = 0;
  /** @type {{ resolve(): void, reject(error: unknown): void }[]} */
  #waiters = [];

  /** @param {() => number} free How many tasks would be admitted now. */
  constructor(free) {
    this.#free = free;
  }

  /** @returns {Promise<void>} */
  ready() {
    return new Promise((resolve, reject) => {
      this.#waiters.push({ resolve, reject });
      this.offer();
    });
  }

  /** A `run` was admitted. */
  used() {
    if (this.#offered > 0) this.#offered--;
  }

  /** Offers free places. */
  offer() {
    while (this.#waiters.length > 0 && this.#free() > this.#offered) {
      this.#offered++;
      this.#waiters.shift()?.resolve();
      // The caller submits right after its `await`, or not at all.
      setImmediate(() => this.#withdraw());
    }
  }

  close() {
    for (const { reject } of this.#waiters.splice(0)) reject(errors.closed());
  }

  #withdraw() {
    this.used();
    this.offer();
  }
}

module.exports = { Room };
