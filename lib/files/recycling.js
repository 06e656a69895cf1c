'use strict';

// Replaces threads of a worker file's pool that have run many tasks or use much memory. The successor of a thread is
// started while the thread still runs tasks, and takes its seat between two of them.
//
// The number of tasks is exact: a thread that has run as many gets no other, even if its successor is still loading.
// Tasks are not posted ahead beyond it. Memory is an estimate anyway, so such a thread goes on until its successor has
// loaded.

/** @typedef {InstanceType<typeof import('./seat').Seat>} Seat */
/** @typedef {InstanceType<typeof import('./threads').FileThreads>} FileThreads */

/** @typedef {{ tasks: number, memory: number }} RecycleLimits Tasks of a thread, and the bytes of its heap. */

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
   * @param {Seat} seat
   * @returns {boolean} whether the thread may get another task after those that it has.
   */
  allows(seat) {
    return seat.ended + seat.tasks.length < this.#tasks && !seat.isHeavy;
  }

  /**
   * Called when a seat has got a task. Starts the successor of its thread if that is due.
   * @param {Seat} seat
   */
  begun(seat) {
    if (seat.successor === undefined && seat.ended >= this.#startAt) this.#threads.startSuccessor(seat);
  }

  /**
   * Called when a seat has a thread and no task. Replaces the thread if that is due.
   * @param {Seat} seat
   */
  idle(seat) {
    if (seat.isHeavy && seat.successor === undefined) this.#threads.startSuccessor(seat);
    if (seat.ended >= this.#tasks || (seat.isHeavy && seat.isSuccessorReady)) this.#threads.replace(seat);
  }
}

module.exports = { Recycling };
