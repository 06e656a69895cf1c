'use strict';

// A seat of a worker file's pool: its number in the schedule, and its tasks. The thread of its row runs one of them at a
// time.

const { DeadlineTimer } = require('../platform/deadline-timer');
const { isAfter } = require('../link/claims');

/** @typedef {InstanceType<typeof import('./row').Row>} Row */
/** @typedef {InstanceType<typeof import('./thread').FileThread>} FileThread */

/** A task that was dequeued for a thread. */
class Assignment {
  /** The slot of the task. Set when the task is dequeued. */
  slot = -1;
  /**
   * The number by which the thread knows the task. Set when the task has been posted.
   * @type {number | undefined}
   */
  number;
  /**
   * Why the task could not be posted.
   * @type {{ thrown: unknown } | undefined}
   */
  error;
  /** The first attempt to post the task has failed. */
  wasTried = false;
  /** What was moved with the task has come back. */
  isReturned = false;
  /** The task is being stopped. What the thread reports about it does not count. */
  isStopped = false;
  /** The task was recalled from its thread while it was being stopped. */
  isRecalled = false;
}

class Seat {
  /**
   * Its number in the schedule.
   * @type {number}
   */
  number;
  /** @type {Row} */
  row;
  /**
   * The tasks, in their order. The thread runs the first.
   * @type {Assignment[]}
   */
  tasks = [];
  /** A task has ended since this was set to false. */
  hasProgressed = false;
  /** Limits how long the running task may take to end after it was stopped. */
  #grace = new DeadlineTimer(() => this.#endGrace());
  /** The running task is stopped and has not ended in time. */
  isOverdue = false;

  /**
   * @param {number} number
   * @param {Row} row
   */
  constructor(number, row) {
    this.number = number;
    this.row = row;
  }

  /**
   * The task that the thread runs.
   * @returns {Assignment | undefined}
   */
  get running() {
    return this.tasks[0];
  }

  /** Whether the thread has begun the task. One that could not be posted yet counts as begun. */
  get hasBegun() {
    const { running } = this;
    if (running === undefined) return false;
    return running.number === undefined || /** @type {FileThread} */ (this.row.thread).hasBegun(running.number);
  }

  /**
   * Posts the last of the tasks to the thread. The caller's code may run while the data is cloned. The stack may be
   * exhausted, because of the caller or of the data. Then the task stays as it is, and the second time that is its
   * error.
   * @param {Assignment} task
   * @param {unknown} data
   * @param {Iterable<unknown>} [transfer] What to move with the data.
   */
  post(task, data, transfer) {
    this.row.isPosting = true;
    try {
      task.number = /** @type {FileThread} */ (this.row.thread).post(data, transfer);
    } catch (error) {
      // `tasks[0]` and not `running`: a call could overflow the stack again.
      const mayBeStack = error instanceof RangeError && this.tasks[0] === task && !task.wasTried;
      if (!mayBeStack) task.error = { thrown: error };
      task.wasTried = true;
    }
    this.row.isPosting = false;
  }

  /**
   * @param {number} number
   * @returns {boolean} whether the thread runs the task of this number.
   */
  runs(number) {
    return this.running !== undefined && this.running.number === number;
  }

  /**
   * @param {number} number
   * @returns {number} how many of the tasks were posted up to this number, including those in between that could not be
   *   posted.
   */
  countUpTo(number) {
    return 1 + this.tasks.findLastIndex((task) => task.number !== undefined && !isAfter(task.number, number));
  }

  /**
   * Stops the running task. If it does not end by itself in time, the thread is terminated as soon as it runs no other
   * task.
   * @param {number} grace How long the task may take to end, in milliseconds.
   * @param {unknown} reason
   */
  stop(grace, reason) {
    if (grace > 0) this.#grace.schedule(grace);
    else if (this.#becomeOverdue()) return;
    /** @type {FileThread} */ (this.row.thread).abort(/** @type {number} */ (this.running?.number), reason);
  }

  /** Unless the task has ended in time and the event loop has not received that yet, it is overdue. */
  #endGrace() {
    const task = this.running;
    /** @type {FileThread} */ (this.row.thread).receiveWaiting();
    if (this.running === task) this.#becomeOverdue();
  }

  /** @returns {boolean} whether the thread is terminated. */
  #becomeOverdue() {
    this.isOverdue = true;
    if (this.row.taken > 1) this.row.recall();
    return this.row.endIfStuck();
  }

  cancelGrace() {
    this.#grace.cancel();
  }

  /**
   * Removes tasks that were recalled.
   * @param {number} from The index of the first.
   * @returns {Assignment[]} the removed tasks.
   */
  remove(from) {
    const removed = this.tasks.splice(from);
    if (removed.length > 0 && from === 0) this.row.taken--;
    return removed;
  }

  /**
   * Removes the first task, which has ended.
   * @returns {Assignment | undefined} the task; `undefined` if there was none.
   */
  shift() {
    this.#grace.cancel();
    const task = this.tasks.shift();
    if (task === undefined) return undefined;
    const { row } = this;
    row.ended++;
    if (this.tasks.length === 0) row.taken--;
    this.isOverdue = false;
    if (row.taken > 0) row.endIfStuck();
    return task;
  }
}

module.exports = { Assignment, Seat };
