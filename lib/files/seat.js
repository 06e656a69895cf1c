'use strict';

// A worker of a worker file's pool: its seat in the queue, the thread that it has, if any, and the tasks of that.

const { DeadlineTimer } = require('../platform/deadline-timer');
const { isAfter } = require('../link/claims');

/** @typedef {InstanceType<typeof import('./thread').FileWorker>} FileWorker */

/** A task that was taken from the queue for a thread. */
class Assignment {
  slot;
  /** The number that the thread knows the task by, if it has been posted. */
  number;
  /** `{ thrown }` if it could not be posted. */
  error;
  /** It could not be posted once. */
  isTried = false;
  /** What was moved with it has come back. */
  isReturned = false;
  /** It is to be stopped: what the thread reports of it does not count any more. */
  isStopped = false;
}

class Seat {
  /** Its number in the schedule. */
  number;
  /** @type {FileWorker | undefined} */
  thread;
  /** The thread has loaded its file. */
  isReady = false;
  /**
   * What the thread has to run, in that order: it runs the first.
   * @type {Assignment[]}
   */
  tasks = [];
  /** It has ended a task since this was set to false. */
  hasMoved = false;
  /** Ends the thread if its task, which is to be stopped, does not end in time. */
  #grace = new DeadlineTimer(() => this.#endGrace());
  #isPosting = false;

  constructor(number) {
    this.number = number;
  }

  /** Whether it can run tasks. */
  get isOpen() {
    return this.thread?.isEnding === false;
  }

  /**
   * Posts the last of its tasks to the thread. While the data is cloned, code of the caller's may run. Where the stack
   * is exhausted, by the caller or by the data, the task is left as it is; the second time that is its error.
   */
  post(task, data, transfer) {
    this.#isPosting = true;
    try {
      task.number = this.thread.post(data, transfer);
    } catch (error) {
      const mayBeStack = error instanceof RangeError && this.tasks[0] === task && !task.isTried;
      if (!mayBeStack) task.error = { thrown: error };
      task.isTried = true;
    }
    this.#isPosting = false;
  }

  /** For when no code of a caller's runs: one that interrupted `post` for good has left that open. */
  endPosting() {
    this.#isPosting = false;
  }

  /** @returns {boolean} whether the thread runs the task that it knows by this number. */
  runs(number) {
    return this.tasks.length > 0 && this.tasks[0].number === number;
  }

  /** How many of its tasks came up to that number: those that were posted, and those before them that could not be. */
  countUpTo(number) {
    return 1 + this.tasks.findLastIndex((task) => task.number !== undefined && !isAfter(task.number, number));
  }

  /**
   * Takes back what the thread has not begun; nothing while another task is being posted.
   * @returns {Assignment[]} that, in its order.
   */
  recall() {
    if (this.#isPosting) return [];
    const begun = this.countUpTo(this.thread.recall());
    // What should run but was not posted is not waiting either, unless there is no thread any more.
    const isRunning = this.isOpen && begun === 0 && this.tasks[0]?.number === undefined;
    return this.tasks.splice(isRunning ? 1 : begun);
  }

  /** Takes back the first of its tasks, if the thread has not begun that. @returns {boolean} whether. */
  revoke() {
    const { number } = this.tasks[0];
    return number === undefined || isAfter(number, this.thread.recall());
  }

  /** Ends the task that the thread runs: by itself, if that takes no longer than so many milliseconds. */
  stop(grace, reason) {
    if (grace === 0) {
      this.terminate();
      return;
    }
    this.#grace.schedule(grace);
    this.thread.abort(this.tasks[0].number, reason);
  }

  /** Ends the thread, unless its task has ended in time and the event loop has not come to hear of it. */
  #endGrace() {
    const task = this.tasks[0];
    this.thread.receiveWaiting();
    if (this.tasks[0] === task) this.terminate();
  }

  /** Ends the thread. */
  terminate() {
    this.#grace.cancel();
    this.thread.terminate();
  }

  /** The first of its tasks has ended. @returns {Assignment | undefined} that, if there was any. */
  shift() {
    this.#grace.cancel();
    return this.tasks.shift();
  }
}

module.exports = { Assignment, Seat };
