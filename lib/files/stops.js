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
  #recall;
  /** @type {(seat: Seat) => void} */
  #revoked;
  /** @type {Stop[]} */
  #stops = [];

  /**
   * @param {number} abortTimeout How long a task may react to its signal, in milliseconds.
   * @param {(seat: Seat) => void} recall Recalls the task of a seat, unless it has begun.
   * @param {(seat: Seat) => void} revoked Called when the task of a seat was recalled.
   */
  constructor(abortTimeout, recall, revoked) {
    this.#abortTimeout = abortTimeout;
    this.#recall = recall;
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
   * Stops a task that has exceeded its `timeout`. If its thread runs no other task, the thread is stopped even if it has
   * not begun the task: it may be blocked by what an earlier task has left behind.
   * @param {Seat} seat
   * @param {Task} task
   * @param {unknown} reason
   */
  runNow(seat, task, reason) {
    task.isStopped = true;
    if (seat.row.taken === 1) seat.stop(this.#abortTimeout, reason);
    else this.#stop({ seat, task, reason });
  }

  /** Forgets the tasks, all of which are stopped. */
  clear() {
    this.#stops = [];
  }

  /**
   * Stops the running task of a seat, unless that has ended.
   * @param {{ seat: Seat, task: Task, reason: unknown }} stop
   */
  #stop({ seat, task, reason }) {
    if (seat.running !== task || !seat.row.isOpen) return; // the task has ended, or is about to end
    this.#recall(seat);
    if (task.isRecalled || task.number === undefined) this.#revoked(seat);
    else seat.stop(this.#abortTimeout, reason);
  }
}

module.exports = { Stops };
