'use strict';

// Ends threads of a worker file's pool that are not needed: threads above the size, and idle threads above the minimum.

const { DeadlineTimer } = require('../platform/deadline-timer');
const { now } = require('../platform/event-loop');

/** @typedef {InstanceType<typeof import('./placement').Placement>} Placement */
/** @typedef {InstanceType<typeof import('./row').Row>} Row */
/** @typedef {InstanceType<typeof import('./threads').FileThreads>} FileThreads */

class IdleThreads {
  /** @type {FileThreads} */
  #threads;
  /** @type {Placement} */
  #placement;
  #timeout;
  #timer = new DeadlineTimer(() => this.#endLongIdle());

  /**
   * @param {FileThreads} threads
   * @param {Placement} placement
   * @param {number} timeout How long a thread above the minimum may be idle, in milliseconds.
   */
  constructor(threads, placement, timeout) {
    this.#threads = threads;
    this.#placement = placement;
    this.#timeout = timeout;
  }

  /**
   * Called when a row has no task.
   * @param {Row} row
   */
  idle(row) {
    if (this.#threads.isAboveSize) {
      this.#end(row);
      return;
    }
    const mayEnd = this.#threads.isAboveMinimum;
    row.idleSince = mayEnd ? now() : undefined;
    if (mayEnd) this.#timer.schedule(this.#timeout);
  }

  /** Called when the size has changed. */
  resized() {
    while (this.#threads.isAboveSize) {
      const row = this.#placement.longestIdle ?? this.#placement.loadingWithoutTask;
      if (row === undefined) break;
      this.#end(row);
    }
    this.#threads.chooseLeaving();
    if (this.#threads.isAboveMinimum) this.#timer.schedule(this.#timeout);
  }

  /** Called when the pool ends all threads. An armed timer would keep the pool in memory. */
  stop() {
    this.#timer.cancel();
  }

  /** @returns {number | undefined} after how many milliseconds the next thread may end. */
  #endLongIdle() {
    const time = now();
    while (this.#threads.isAboveMinimum) {
      const row = this.#placement.longestIdle;
      if (row === undefined) return undefined;
      row.idleSince ??= time;
      const left = row.idleSince + this.#timeout - time;
      if (left > 0) return left;
      this.#end(row);
    }
    return undefined;
  }

  /** @param {Row} row Has a thread and no task. */
  #end(row) {
    this.#placement.threadEnded(row);
    this.#threads.retire(row);
  }
}

module.exports = { IdleThreads };
