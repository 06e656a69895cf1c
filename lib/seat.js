'use strict';

// A worker of a worker file's pool: its seat in the queue, the thread that it has, if any, and the tasks of that.

const { DISPATCHER } = require('./native-protocol');
const { isAfter } = require('./worker-thread/claims');

const { NONE } = DISPATCHER;

class Seat {
  /** As the dispatcher knows it. */
  number;
  /** @type {import('./file-worker').FileWorker | undefined} */
  thread;
  /** The thread has loaded its file. */
  isReady = false;
  /**
   * What the thread was given and has not ended, in that order: it runs the first. Each is `{ slot, number, error,
   * isTried }`: the number that the thread knows it by, if it has been posted, or what it could not be posted for.
   */
  tasks = [];
  /** The slot of a task that was taken for it, and is not one of those yet. */
  taken = NONE;
  /** It has ended a task since this was set to false. */
  hasMoved = false;
  /** Its task was told to stop. */
  isStopped = false;
  /** Ends the thread if its task, which nobody wants any more, does not end in time. */
  grace;
  #isPosting = false;

  constructor(number) {
    this.number = number;
  }

  /** Whether it can be given tasks. */
  get isOpen() {
    return this.thread?.isEnding === false;
  }

  /**
   * Gives the thread the last of its tasks. While the data is cloned, code of the caller's may run. Where the stack is
   * exhausted, be it the caller's or by the data, the task is left as it is; the second time that is its error.
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
   * @returns {{ slot: number }[]} that, in its order.
   */
  recall() {
    if (this.#isPosting) return [];
    const begun = this.countUpTo(this.thread.recall());
    // What should run but was not posted is not waiting either.
    const isRunning = begun === 0 && this.tasks[0]?.number === undefined;
    return this.tasks.splice(isRunning ? 1 : begun);
  }
}

module.exports = { Seat };
