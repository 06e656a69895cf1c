'use strict';

// Cancelled tasks that their threads may have begun. A cancellation settles a task at once. Its thread is stopped here: at
// the end of the `abort()`, or in the next turn of the event loop.

/** @typedef {InstanceType<typeof import('./seat').Assignment>} Task */
/** @typedef {InstanceType<typeof import('./seat').Seat>} Seat */

/**
 * @typedef {object} Stop
 * @property {Seat} seat
 * @property {Task} task
 * @property {unknown} reason
 * @property {boolean} isDone
 */

class Stops {
  /** @type {number} */
  #abortTimeout;
  /** @type {(seat: Seat) => void} */
  #revoked;
  /** @type {Stop[]} */
  #stops = [];

  /**
   * @param {number} abortTimeout How long a task may react to its signal, in milliseconds.
   * @param {(seat: Seat) => void} revoked Called when the task of a seat was revoked before it began.
   */
  constructor(abortTimeout, revoked) {
    this.#abortTimeout = abortTimeout;
    this.#revoked = revoked;
  }

  /**
   * Records that the running task of a seat is cancelled.
   * @param {Seat} seat
   * @param {Task} task
   * @param {unknown} reason
   */
  add(seat, task, reason) {
    this.#stops.push({ seat, task, reason, isDone: false });
    task.isStopped = true;
  }

  /** Stops each task. The end of the stack or a time limit of node:vm may interrupt this; then it is called again. */
  run() {
    for (const stop of this.#stops) {
      if (stop.isDone) continue;
      this.#stop(stop);
      stop.isDone = true;
    }
  }

  /**
   * Stops the running task of a seat, which has begun.
   * @param {Seat} seat
   * @param {Task} task
   * @param {unknown} reason
   */
  runNow(seat, task, reason) {
    task.isStopped = true;
    seat.stop(this.#abortTimeout, reason);
  }

  /** Forgets the tasks, all of which are stopped. */
  clear() {
    this.#stops = [];
  }

  /** @param {Stop} stop */
  #stop({ seat, task, reason }) {
    if (seat.running !== task || !seat.isOpen) return; // the task has ended, or is about to end
    if (seat.revoke()) this.#revoked(seat);
    else seat.stop(this.#abortTimeout, reason);
  }
}

module.exports = { Stops };
