'use strict';

// A worker of a worker file's pool: its seat in the schedule, its thread, if there is one, and the tasks of the thread.

const { DeadlineTimer } = require('../platform/deadline-timer');
const { isAfter } = require('../link/claims');

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
}

class Seat {
  /**
   * Its number in the schedule.
   * @type {number}
   */
  number;
  /** @type {FileThread | undefined} */
  thread;
  /** The thread has loaded its file. */
  isReady = false;
  /** How many tasks of the thread have ended. */
  ended = 0;
  /**
   * The thread that will replace this one, see recycling.js.
   * @type {FileThread | undefined}
   */
  successor;
  /** The successor has loaded its file. */
  isSuccessorReady = false;
  /**
   * The tasks of the thread, in their order. The thread runs the first.
   * @type {Assignment[]}
   */
  tasks = [];
  /**
   * When the last task has ended, in milliseconds on the clock of event-loop.js. Undefined unless the thread may end
   * when it is idle.
   * @type {number | undefined}
   */
  idleSince;
  /** A task has ended since this was set to false. */
  hasProgressed = false;
  /** Ends the thread if its task, which is being stopped, does not end in time. */
  #grace = new DeadlineTimer(() => this.#endGrace());
  #isPosting = false;

  /** @param {number} number */
  constructor(number) {
    this.number = number;
  }

  /** Whether the seat can run tasks. */
  get isOpen() {
    return this.thread?.isEnding === false;
  }

  /** Whether the heap of the thread has exceeded its limit. */
  get isHeavy() {
    return this.thread?.isHeavy === true;
  }

  /**
   * The task that the thread runs.
   * @returns {Assignment | undefined}
   */
  get running() {
    return this.tasks[0];
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
    this.#isPosting = true;
    try {
      task.number = /** @type {FileThread} */ (this.thread).post(data, transfer);
    } catch (error) {
      // `tasks[0]` and not `running`: a call could overflow the stack again.
      const mayBeStack = error instanceof RangeError && this.tasks[0] === task && !task.wasTried;
      if (!mayBeStack) task.error = { thrown: error };
      task.wasTried = true;
    }
    this.#isPosting = false;
  }

  /** Ends a call of `post` that was interrupted for good. Called when none of the caller's code runs. */
  endPosting() {
    this.#isPosting = false;
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
   * Recalls the tasks that the thread has not begun, or none while another task is being posted.
   * @returns {Assignment[]} the recalled tasks, in their order.
   */
  recall() {
    if (this.#isPosting) return [];
    const begun = this.countUpTo(/** @type {FileThread} */ (this.thread).recall());
    // A task that should run but was not posted counts as begun, unless the thread is ending.
    const isUnposted = this.isOpen && begun === 0 && this.running?.number === undefined;
    return this.tasks.splice(isUnposted ? 1 : begun);
  }

  /**
   * Recalls the running task, if the thread has not begun it.
   * @returns {boolean} whether the task was recalled.
   */
  revoke() {
    const number = this.running?.number;
    return number === undefined || isAfter(number, /** @type {FileThread} */ (this.thread).recall());
  }

  /**
   * Stops the task that the thread runs. The thread is terminated if the task does not end by itself in time.
   * @param {number} grace How long the task may take to end, in milliseconds.
   * @param {unknown} reason
   */
  stop(grace, reason) {
    if (grace === 0) {
      this.terminate();
      return;
    }
    const thread = /** @type {FileThread} */ (this.thread);
    this.#grace.schedule(grace);
    thread.abort(/** @type {number} */ (this.running?.number), reason);
  }

  /** Terminates the thread, unless its task has ended in time and the event loop has not received that yet. */
  #endGrace() {
    const task = this.running;
    /** @type {FileThread} */ (this.thread).receiveWaiting();
    if (this.running === task) this.terminate();
  }

  /** Terminates the thread. */
  terminate() {
    this.#grace.cancel();
    /** @type {FileThread} */ (this.thread).terminate();
  }

  /**
   * Removes the first task, which has ended.
   * @returns {Assignment | undefined} the task; `undefined` if there was none.
   */
  shift() {
    this.#grace.cancel();
    if (this.tasks.length > 0) this.ended++;
    return this.tasks.shift();
  }
}

module.exports = { Assignment, Seat };
