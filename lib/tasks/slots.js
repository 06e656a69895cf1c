'use strict';

// What JavaScript keeps of a task while the native side knows it by a number, its slot. There may be a million tasks,
// so they are not objects: what all of them have is kept in arrays, by slot.

/** @typedef {(value: unknown) => void} Resolve Resolves the promise of a task. */

/** The initial number of slots. */
const SMALL = 1024;

/** Arrays that are this many times larger than what was last needed are replaced by small ones. */
const FAR_TOO_LARGE = 16;

const NONE = -1;

class Slots {
  /** @type {(Resolve | undefined)[]} */
  #resolves = [];
  /** A list of the free slots among those that have been used: the slot behind each. */
  #nextFree = new Int32Array(SMALL);
  #firstFree = NONE;
  /** How many slots have been used since all were free. */
  #used = 0;

  /**
   * @param {Resolve} resolve Resolves the promise of the task.
   * @returns {number} a slot for the task.
   */
  acquire(resolve) {
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

  /**
   * @param {number} slot Of a task.
   * @returns {Resolve}
   */
  resolveOf(slot) {
    return /** @type {Resolve} */ (this.#resolves[slot]);
  }

  /**
   * Frees a slot.
   * @param {number} slot Of a task.
   * @returns {Resolve}
   */
  release(slot) {
    const resolve = this.#resolves[slot];
    this.#resolves[slot] = undefined;
    this.#nextFree[slot] = this.#firstFree;
    this.#firstFree = slot;
    return /** @type {Resolve} */ (resolve);
  }

  /**
   * Called when all slots are free. The memory of a burst of tasks is kept for the next burst, since allocating the
   * arrays anew costs a fifth of the burst. It is released when far fewer slots were used.
   * @returns {number} how many slots were used at once.
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
