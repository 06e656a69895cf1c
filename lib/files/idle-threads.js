'use strict';

// Ends threads of a worker file's pool that are not needed: threads above the size, and idle threads above the minimum.

const { DeadlineTimer } = require('../platform/deadline-timer');
const { now } = require('../platform/event-loop');

/** @typedef {InstanceType<typeof import('./placement').Placement>} Placement */
/** @typedef {InstanceType<typeof import('./seat').Seat>} Seat */
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
   * Called when a seat has no task.
   * @param {Seat} seat
   */
  idle(seat) {
    if (this.#threads.isAboveSize) {
      this.#end(seat);
      return;
    }
    const mayEnd = this.#threads.isAboveMinimum;
    seat.idleSince = mayEnd ? now() : undefined;
    if (mayEnd) this.#timer.schedule(this.#timeout);
  }

  /** Called when the size was reduced. */
  reduced() {
    while (this.#threads.isAboveSize) {
      const seat = this.#placement.longestIdle ?? this.#placement.loadingWithoutTask;
      if (seat === undefined) break;
      this.#end(seat);
    }
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
      const seat = this.#placement.longestIdle;
      if (seat === undefined) return undefined;
      seat.idleSince ??= time;
      const left = seat.idleSince + this.#timeout - time;
      if (left > 0) return left;
      this.#end(seat);
    }
    return undefined;
  }

  /** @param {Seat} seat Has a thread and no task. */
  #end(seat) {
    this.#placement.threadEnded(seat);
    this.#threads.retire(seat);
  }
}

module.exports = { IdleThreads };
