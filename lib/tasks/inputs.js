'use strict';

// The inputs of pending tasks, by slot.

const { SMALL, FAR_TOO_LARGE } = require('./slots');

/**
 * `drop` is called when the task of a slot has ended. `reset` is called when all tasks have ended; `used` is how many
 * there were at once.
 * @typedef {{
 *   put(slot: number, input: unknown): void,
 *   get(slot: number): unknown,
 *   drop(slot: number): void,
 *   reset(used: number): void,
 * }} Inputs
 */

/**
 * For workers that accept a number. There may be a million inputs, so they are not objects.
 * @implements {Inputs}
 */
class Numbers {
  #numbers = new Float64Array(SMALL);

  /**
   * @param {number} slot
   * @param {number} input
   */
  put(slot, input) {
    if (slot >= this.#numbers.length) this.#grow();
    this.#numbers[slot] = input;
  }

  /**
   * @param {number} slot
   * @returns {number}
   */
  get(slot) {
    return this.#numbers[slot];
  }

  drop() {}

  /** @param {number} used */
  reset(used) {
    const { length } = this.#numbers;
    if (length > SMALL && used * FAR_TOO_LARGE <= length) this.#numbers = new Float64Array(SMALL);
  }

  #grow() {
    const numbers = new Float64Array(2 * this.#numbers.length);
    numbers.set(this.#numbers);
    this.#numbers = numbers;
  }
}

/**
 * For workers that accept any value.
 * @implements {Inputs}
 */
class Values {
  /** @type {unknown[]} */
  #values = [];

  /**
   * @param {number} slot
   * @param {unknown} input
   */
  put(slot, input) {
    this.#values[slot] = input;
  }

  /**
   * @param {number} slot
   * @returns {unknown}
   */
  get(slot) {
    return this.#values[slot];
  }

  /** @param {number} slot */
  drop(slot) {
    this.#values[slot] = undefined;
  }

  /** @param {number} used */
  reset(used) {
    const { length } = this.#values;
    if (length > SMALL && used * FAR_TOO_LARGE <= length) this.#values = [];
  }
}

/**
 * For workers whose inputs are not needed once they are submitted.
 * @implements {Inputs}
 */
class NoInputs {
  put() {}
  get() {}
  drop() {}
  reset() {}
}

module.exports = { NoInputs, Numbers, Values };
