'use strict';

// Replaces threads of a worker file's pool that have run many tasks or use much memory. The successor of a thread is
// started while the thread still runs tasks, and takes its seat between two of them.
//
// The number of tasks is exact: after its last task, a thread gets no other, even if its successor is still loading. The
// limit of memory is not exact: a thread with a large heap runs tasks until its successor has loaded.

/** @typedef {InstanceType<typeof import('./seat').Seat>} Seat */
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
