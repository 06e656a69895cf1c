'use strict';

// The inputs of pending tasks, by slot.

const { SMALL, FAR_TOO_LARGE } = require('./slots');

/** For workers that take a number. There may be a million, so they are no objects. */
class Numbers {
  #numbers = new Float64Array(SMALL);

  put(slot, input) {
    if (slot >= this.#numbers.length) this.#grow();
    this.#numbers[slot] = input;
  }

  get(slot) {
    return this.#numbers[slot];
  }

  /** The task of the slot has ended. */
  drop() {}

  /** For when all tasks have ended, of which there were `used` at a time. */
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

/** For workers that take any value. */
class Values {
  #values = [];

  put(slot, input) {
    this.#values[slot] = input;
  }

  get(slot) {
    return this.#values[slot];
  }

  /** The task of the slot has ended. */
  drop(slot) {
    this.#values[slot] = undefined;
  }

  /** For when all tasks have ended, of which there were `used` at a time. */
  reset(used) {
    const { length } = this.#values;
    if (length > SMALL && used * FAR_TOO_LARGE <= length) this.#values = [];
  }
}

module.exports = { Numbers, Values };
