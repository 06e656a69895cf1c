'use strict';

// Ends the runs of tasks when threads report their results. The schedule decides the outcome of each task.

const { raise } = require('../platform/event-loop');
const { OUTCOME, SCHEDULE } = require('../platform/native-protocol');

/** @typedef {InstanceType<typeof import('../tasks/pending').WeakOwner>} WeakOwner */
/** @typedef {InstanceType<typeof import('../tasks/pool-state').PoolState>} PoolState */
/** @typedef {InstanceType<typeof import('../tasks/tasks').Tasks>} Tasks */
/** @typedef {InstanceType<typeof import('./deaths').Deaths>} Deaths */
/** @typedef {InstanceType<typeof import('./placement').Placement>} Placement */
/** @typedef {InstanceType<typeof import('./row').Row>} Row */
/** @typedef {InstanceType<typeof import('./seat').Assignment>} Task */
/** @typedef {InstanceType<typeof import('./seat').Seat>} Seat */
/** @typedef {import('./placement').ScheduleFunctions} ScheduleFunctions */

const { NONE, FAILED } = OUTCOME;
const { CRASHED, MORE } = SCHEDULE;

class RunEnds {
  /** @type {ScheduleFunctions} */
  #queue;
  /** @type {Placement} */
  #placement;
  /** @type {Deaths} */
  #deaths;
  /** @type {Tasks} */
  #tasks;
  /** @type {WeakOwner} */
  #weakOwner;
  /** @type {() => void} */
  #ended;

  /**
   * @param {ScheduleFunctions} queue
   * @param {Placement} placement
   * @param {Deaths} deaths
   * @param {Tasks} tasks
   * @param {WeakOwner} weakOwner
   * @param {() => void} ended Called when a run has ended.
   */
  constructor(queue, placement, deaths, tasks, weakOwner, ended) {
    this.#queue = queue;
    this.#placement = placement;
    this.#deaths = deaths;
    this.#tasks = tasks;
    this.#weakOwner = weakOwner;
    this.#ended = ended;
  }

  /**
   * Settles the task that a seat runs. The worker is free, or has its next task, before the promise settles.
   * @param {Seat} seat
   * @param {number} ran How the run ended: an outcome, or `CRASHED`.
   * @param {number} took The run time in milliseconds; `NaN` if it is unknown.
   * @param {unknown} [value] The result or the error.
   */
  finish(seat, ran, took, value) {
    const task = seat.shift();
    if (task === undefined) return;
    this.#deaths.taskEnded(task.slot, took >= 0);
    const answer = this.#queue.finish(seat.number, ran, took);
    const hasMore = answer >= MORE + NONE;
    const outcome = hasMore ? answer - MORE : answer;
    this.#placement.ended(seat, took, hasMore);
    const state = this.#weakOwner.find();
    if (ran === CRASHED) state?.announce('crash', value);
    if (outcome !== NONE) this.#tasks.settle(/** @type {PoolState} */ (state), task.slot, outcome, value);
    state?.backpressure.roomFreed();
    this.#ended();
  }

  /**
   * Called when the thread of a row reports the end of a task.
   * @param {Row} row
   * @param {number} number The task's number.
   * @param {number} ran The outcome of the run.
   * @param {number} took The run time in milliseconds.
   * @param {unknown} value The result or the error.
   */
  answered(row, number, ran, took, value) {
    const seat = this.#seatOf(row, number);
    if (seat !== undefined) this.finish(seat, ran, took, value);
    this.#weakOwner.find()?.emitAnnounced(); // before callers that await tasks continue
  }

  /**
   * Passes a progress report of a running task to its listener.
   * @param {Row} row
   * @param {number} number The task's number.
   * @param {unknown} value The reported value.
   */
  reported(row, number, value) {
    const seat = this.#seatOf(row, number);
    if (seat === undefined) return;
    const task = /** @type {Task} */ (seat.running);
    if (task.isStopped) return;
    try {
      this.#tasks.optionsOf(task.slot)?.onProgress?.(value);
    } catch (error) {
      raise(error); // like an error in an event listener, it does not affect the task
    }
  }

  /**
   * Fails the tasks of a row that have ended without a message that could be read.
   * @param {Row} row
   * @param {number} number The number of the task that has ended last.
   * @param {readonly number[]} running The numbers of those before it that have not ended.
   */
  lost(row, number, running) {
    for (const seat of row.seats) {
      const isRunning = seat.running?.number !== undefined && running.includes(seat.running.number);
      if (!isRunning) this.settleSkipped(seat, seat.countUpTo(number));
    }
  }

  /**
   * Fails the first tasks of a seat because its thread has moved on to a later one. These tasks could not be posted, or
   * the messages that reported their ends could not be read.
   * @param {Seat} seat
   * @param {number} count
   */
  settleSkipped(seat, count) {
    for (let settled = 0; settled < count; settled++) {
      const error = seat.running?.error;
      this.finish(seat, FAILED, Number.NaN, error === undefined ? seat.row.thread?.messageError : error.thrown);
    }
  }

  /**
   * @param {Row} row
   * @param {number} number The number of the task in a message of its thread.
   * @returns {Seat | undefined} the seat that runs the task.
   */
  #seatOf(row, number) {
    const { seats } = row;
    for (let i = 0; i < seats.length; i++) if (this.#reaches(seats[i], number)) return seats[i];
    return undefined;
  }

  /**
   * Fails the tasks of a seat before the one that a thread's message refers to.
   * @param {Seat} seat
   * @param {number} number The number of the task in the message.
   * @returns {boolean} whether the seat still has that task.
   */
  #reaches(seat, number) {
    if (seat.runs(number)) return true;
    if (!seat.tasks.some((task) => task.number === number)) return false;
    this.settleSkipped(seat, seat.countUpTo(number) - 1);
    return true;
  }
}

module.exports = { RunEnds };
