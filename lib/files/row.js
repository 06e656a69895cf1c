'use strict';

// A worker of a worker file's pool: its thread, if there is one, and the seats that share the thread. There is one seat,
// unless the pool has `concurrency`.

const { Seat } = require('./seat');

/** @typedef {InstanceType<typeof import('./thread').FileThread>} FileThread */

class Row {
  /** @type {number} */
  number;
  /** @type {InstanceType<typeof Seat>[]} */
  seats;
  /** How many of the seats have a task. */
  taken = 0;
  /** @type {FileThread | undefined} */
  thread;
  /** The thread has loaded its file. */
  isReady = false;
  /** A task is being posted to the thread. The caller's code may run meanwhile. */
  isPosting = false;
  /** How many tasks of the thread have ended. */
  ended = 0;
  /** There are too many threads: this one gets no other task, and ends when it has none. */
  isLeaving = false;
  /**
   * The thread that will replace this one, see recycling.js.
   * @type {FileThread | undefined}
   */
  successor;
  /** The successor is being started. The caller's code may run meanwhile. */
  isStartingSuccessor = false;
  /** The successor has loaded its file. */
  isSuccessorReady = false;
  /**
   * When the last task has ended, in milliseconds on the clock of event-loop.js. Undefined unless the thread may end
   * when it is idle.
   * @type {number | undefined}
   */
  idleSince;

  /**
   * @param {number} number The number of the worker, from 0.
   * @param {number} concurrency How many tasks the thread may run at a time.
   * @param {(row: Row) => void} recall Recalls the tasks of a row that its thread has not begun.
   */
  constructor(number, concurrency, recall) {
    this.number = number;
    this.recall = () => recall(this);
    this.seats = Array.from({ length: concurrency }, (_, index) => new Seat(number * concurrency + index, this));
  }

  /** Whether the thread can run tasks. */
  get isOpen() {
    return this.thread?.isEnding === false;
  }

  /** Whether the thread may get another task. It may not while one of its tasks is being stopped: it may be blocked. */
  get mayTake() {
    if (!this.isOpen || this.isLeaving || this.taken === this.seats.length) return false;
    return this.taken === 0 || !this.seats.some((seat) => seat.running?.isStopped);
  }

  /** Whether the heap of the thread has exceeded its limit. */
  get isHeavy() {
    return this.thread?.isHeavy === true;
  }

  /** How many tasks the thread has, including those that were posted ahead. */
  get taskCount() {
    let count = 0;
    for (const { tasks } of this.seats) count += tasks.length;
    return count;
  }

  /**
   * Terminates the thread if it runs only tasks that are stopped and have not ended in time. If it has only one task, that
   * task need not have begun.
   * @returns {boolean} whether it is terminated.
   */
  endIfStuck() {
    const running = this.taken === 1 ? this.seats.filter(isTaken) : this.seats.filter(hasBegun);
    const isStuck = this.isOpen && running.length > 0 && running.every(({ isOverdue }) => isOverdue);
    if (isStuck) this.terminate();
    return isStuck;
  }

  /** Terminates the thread. */
  terminate() {
    for (const seat of this.seats) seat.cancelGrace();
    /** @type {FileThread} */ (this.thread).terminate();
  }
}

/** @param {InstanceType<typeof Seat>} seat */
const isTaken = (seat) => seat.running !== undefined;

/** @param {InstanceType<typeof Seat>} seat */
const hasBegun = (seat) => seat.hasBegun;

module.exports = { Row };
