'use strict';

// Where a task's part in JavaScript is kept while its number, the slot, stands for it on the native
// side. There may be a million, so they are no objects: what all have is in arrays, by slot.

/** Slots to begin with. */
const SMALL = 1024;

/** Arrays this many times larger than what was last needed are given back. */
const FAR_TOO_LARGE = 16;

const NONE = -1;

class Slots {
  /** What settles the promise of the task. */
  #resolves = [];
  /** A list of the free slots among those that have been used: the slot behind each. */
  #nextFree = new Int32Array(SMALL);
  #firstFree = NONE;
  /** Slots that have been used since all were free. */
  #used = 0;

  /** @returns {number} a slot for a task. */
  take(resolve) {
    let slot = this.#firstFree;
    if (slot !== NONE) {
      this.#firstFree = this.#nextFree[slot];
    } else {
      slot = this.#used;
      if (slot === this.#nextFree.length) this.#grow();
      this.#used = slot + 1;
    }
    this.#resolves[slot] = resolve;
    return slot;
  }

  /** What settles the promise of the task in a slot. */
  resolveOf(slot) {
    return this.#resolves[slot];
  }

  /** Frees the slot. @returns what settles the promise of its task. */
  release(slot) {
    const resolve = this.#resolves[slot];
    this.#resolves[slot] = undefined;
    this.#nextFree[slot] = this.#firstFree;
    this.#firstFree = slot;
    return resolve;
  }

  /**
   * For when all are free. The memory that a burst of tasks took is kept for the next, since to make
   * such arrays anew costs a fifth of the burst; until a time comes that needs far less.
   * @returns {number} how many were taken at a time.
   */
  reset() {
    const { length } = this.#nextFree;
    const used = this.#used;
    if (length > SMALL && used * FAR_TOO_LARGE <= length) {
      this.#resolves = [];
      this.#nextFree = new Int32Array(SMALL);
    }
    this.#firstFree = NONE;
    this.#used = 0;
    return used;
  }

  #grow() {
    const nextFree = new Int32Array(2 * this.#nextFree.length);
    nextFree.set(this.#nextFree);
    this.#nextFree = nextFree;
  }
}

module.exports = { Slots, SMALL, FAR_TOO_LARGE };
