'use strict';

// Counts the threads that have ended instead of running a task. The counts decide when that task is not given to another
// thread, and when no further threads are started.

/**
 * A task fails when this many threads have ended as they received it. Threads may also end by themselves at that moment,
 * so a few are not enough.
 */
const MAX_OF_TASK = 6;

/** All waiting tasks fail when this many loaded threads have ended in a row without having begun one. */
const MAX_UNUSED = 24;

class Deaths {
  /**
   * How many threads have ended as they received a task, by slot: its data may be too large for them.
   * @type {Map<number, number>}
   */
  #ofTask = new Map();
  /** How many loaded threads have ended before they began a task, while tasks waited, since a task last ran. */
  #unused = 0;

  /**
   * A task has ended.
   * @param {number} slot
   * @param {boolean} hasRun
   */
  taskEnded(slot, hasRun) {
    if (hasRun) this.#unused = 0;
    if (this.#ofTask.size > 0) this.#ofTask.delete(slot);
  }

  /**
   * A thread has ended as it received a task.
   * @param {number} slot
   * @returns {boolean} whether that has happened too often.
   */
  duringReceipt(slot) {
    const deaths = (this.#ofTask.get(slot) ?? 0) + 1;
    this.#ofTask.set(slot, deaths);
    return deaths >= MAX_OF_TASK;
  }

  /**
   * A loaded thread has ended before it began a task, while tasks waited.
   * @returns {boolean} whether that has happened too often: the file may end each thread.
   */
  unused() {
    this.#unused++;
    return this.#unused >= MAX_UNUSED;
  }
}

module.exports = { Deaths };
