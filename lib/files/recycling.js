'use strict';

// Replaces threads of a worker file's pool that have run many tasks or use much memory. The successor of a thread is
// started while the thread still runs tasks, and replaces it between two of them.
//
// The number of tasks is exact: after its last task, a thread gets no other, even if its successor is still loading. The
// limit of memory is not exact: a thread with a large heap runs tasks until its successor has loaded.

/** @typedef {InstanceType<typeof import('./row').Row>} Row */
/** @typedef {InstanceType<typeof import('./threads').FileThreads>} FileThreads */

/** @typedef {{ tasks: number, memory: number }} RecycleLimits How many tasks a thread runs; the bytes of its heap. */

/** The successor is started when this share of the tasks is left. */
const LEAD = 0.1;

class Recycling {
  /** @type {FileThreads} */
  #threads;
  #tasks;
  #startAt;

  /**
   * @param {FileThreads} threads
   * @param {RecycleLimits} limits
   */
  constructor(threads, { tasks }) {
    this.#threads = threads;
    this.#tasks = tasks;
    this.#startAt = tasks === Infinity ? Infinity : tasks - Math.ceil(tasks * LEAD);
  }

  /**
   * @param {Row} row
   * @returns {boolean} whether the thread may get another task beside those that it runs. A thread that runs none could
   *   not be replaced.
   */
  mayTake(row) {
    if (row.taken === 0) return true;
    return row.ended + row.taken < this.#tasks && !(row.isSuccessorReady && row.isHeavy);
  }

  /**
   * @param {Row} row
   * @returns {boolean} whether the thread may get another task after those that it has.
   */
  mayFill(row) {
    return row.ended + row.taskCount < this.#tasks && !row.isHeavy;
  }

  /**
   * Called when a row has got a task. Starts the successor of its thread if that is due.
   * @param {Row} row
   */
  begun(row) {
    if (!row.isOpen || row.successor !== undefined) return;
    if (row.ended + row.taken > this.#startAt) this.#threads.startSuccessor(row);
  }

  /**
   * Called when a task of a row has ended. Starts the successor of its thread if that uses much memory, and replaces the
   * thread if that is due and it has no other task.
   * @param {Row} row
   */
  freed(row) {
    if (row.isHeavy && row.successor === undefined) this.#threads.startSuccessor(row);
    if (row.taken > 0) return;
    if (row.ended >= this.#tasks || (row.isHeavy && row.isSuccessorReady)) this.#threads.replace(row);
  }
}

module.exports = { Recycling };
