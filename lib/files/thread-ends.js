'use strict';

// Handles the tasks of a thread that has ended. A task that the thread had not begun runs on another thread if it can
// be posted again. The others fail.

const errors = require('../api/errors');
const { OUTCOME, SCHEDULE } = require('../platform/native-protocol');
const { NamedData } = require('./named-data');

/** @typedef {InstanceType<typeof import('../platform/addon').ExternalSchedule>} ExternalSchedule */
/** @typedef {InstanceType<typeof import('../tasks/inputs').Values>} Values */
/** @typedef {InstanceType<typeof import('../tasks/pending').WeakOwner>} WeakOwner */
/** @typedef {InstanceType<typeof import('../tasks/pool-state').PoolState>} PoolState */
/** @typedef {InstanceType<typeof import('../tasks/tasks').Tasks>} Tasks */
/** @typedef {import('../tasks/task-options').TaskOptions} TaskOptions */
/** @typedef {InstanceType<typeof import('./deaths').Deaths>} Deaths */
/** @typedef {InstanceType<typeof import('./placement').Placement>} Placement */
/** @typedef {InstanceType<typeof import('./run-ends').RunEnds>} RunEnds */
/** @typedef {InstanceType<typeof import('./seat').Assignment>} Task */
/** @typedef {InstanceType<typeof import('./seat').Seat>} Seat */
/** @typedef {InstanceType<typeof import('./thread').FileThread>} FileThread */
/** @typedef {import('./thread').Thrown} Thrown */
/** @typedef {InstanceType<typeof import('./threads').FileThreads>} FileThreads */

const { FAILED } = OUTCOME;
const { CRASHED } = SCHEDULE;

/**
 * @typedef {object} Parts
 * @property {ExternalSchedule} schedule
 * @property {FileThreads} threads
 * @property {Placement} placement
 * @property {RunEnds} runs
 * @property {Deaths} deaths
 * @property {Tasks} tasks
 * @property {Values} inputs The data of the tasks.
 * @property {WeakOwner} weakOwner
 * @property {() => number} waiting Returns the number of queued tasks.
 */

class ThreadEnds {
  /** @type {Parts} */
  #parts;

  /** @param {Parts} parts */
  constructor(parts) {
    this.#parts = parts;
  }

  /**
   * Called when the thread of a seat has ended.
   * @param {Seat} seat
   * @param {number} code The exit code.
   * @param {Thrown | undefined} error The error that ended it, if any.
   * @returns {boolean} whether the thread had a task.
   */
  ended(seat, code, error) {
    const { threads, placement, runs } = this.#parts;
    const thread = /** @type {FileThread} */ (seat.thread);
    const isExpected = thread.isEnding;
    const reason = error === undefined ? errors.crashed(code) : error.thrown;
    // A thread may run out of memory while it receives a task that was posted before its file was loaded.
    const hasReceived = seat.isReady || (thread.isOutOfMemory && seat.running?.number !== undefined);
    thread.isEnding = true;
    if (!isExpected) {
      runs.settleSkipped(seat, Math.max(seat.countUpTo(thread.begun) - 1, 0));
      while (seat.running?.error !== undefined) runs.settleSkipped(seat, 1);
    }
    const task = seat.running;
    // The thread has not begun these tasks, so another thread can run them.
    if (!isExpected && task !== undefined && this.#canRunElsewhere(task, hasReceived)) placement.recall(seat, task);
    placement.threadEnded(seat);
    // If the end was expected, the first task is already settled. If the thread could not be started, the task was
    // recalled where possible.
    if (isExpected || thread.isRefused) runs.finish(seat, FAILED, Number.NaN, reason);
    else this.#died(seat, thread, reason);
    threads.ended(seat);
    if (!isExpected && thread.isRefused) threads.spawnFailed(reason);
    else if (!isExpected && !thread.hasBegunAny) this.#endedUnused(reason, hasReceived);
    return task !== undefined;
  }

  /**
   * Restores the data of a task whose transferred objects the thread has sent back, because it did not begin the task.
   * @param {Seat} seat
   * @param {number} number The task's number.
   * @param {unknown} data
   * @param {readonly unknown[]} transfer The objects to transfer.
   */
  returned(seat, number, data, transfer) {
    const { inputs, tasks } = this.#parts;
    const task = seat.tasks.find((task) => task.number === number);
    if (task === undefined || task.isStopped) return;
    task.isReturned = true;
    const input = inputs.get(task.slot);
    inputs.put(task.slot, input instanceof NamedData ? new NamedData(input.name, data) : data);
    /** @type {TaskOptions} */ (tasks.optionsOf(task.slot)).transfer = transfer;
  }

  /**
   * Fails the queued tasks if there is no thread at all.
   * @param {unknown} reason The error they reject with.
   */
  failWithout(reason) {
    const { schedule, threads, tasks, weakOwner } = this.#parts;
    if (!threads.isEmpty) return;
    const state = weakOwner.find();
    // A queued task keeps the state alive.
    for (const slot of schedule.failWaiting()) tasks.settle(/** @type {PoolState} */ (state), slot, FAILED, reason);
    state?.backpressure.roomFreed();
  }

  /**
   * Called when a thread has ended before it began a task. If its file was loaded, the thread may have ended just as a
   * task arrived. A file whose threads always end that way must not be started forever.
   * @param {unknown} reason
   * @param {boolean} hasReceived Whether the thread had loaded its file, or may have received a task.
   */
  #endedUnused(reason, hasReceived) {
    const { threads, deaths, waiting } = this.#parts;
    if (hasReceived && (waiting() === 0 || !deaths.unused())) return;
    threads.fail();
    this.failWithout(reason);
  }

  /**
   * @param {Task} task The first task that the thread had not begun when it ended.
   * @param {boolean} hasReceived Whether the thread may have received it.
   * @returns {boolean} whether another thread may run the task.
   */
  #canRunElsewhere(task, hasReceived) {
    if (!this.#canRepeat(task)) return false;
    return !hasReceived || task.number === undefined || !this.#parts.deaths.duringReceipt(task.slot);
  }

  /**
   * @param {Task} task
   * @returns {boolean} whether the task can be posted again. It cannot if it was stopped, or if its transferred objects
   *   are lost.
   */
  #canRepeat({ slot, number, isReturned, isStopped }) {
    if (isStopped) return false;
    return number === undefined || isReturned || this.#parts.tasks.optionsOf(slot)?.transfer === undefined;
  }

  /**
   * Handles the unexpected end of a thread.
   * @param {Seat} seat
   * @param {FileThread} thread
   * @param {unknown} reason
   */
  #died(seat, thread, reason) {
    const { schedule, runs, weakOwner } = this.#parts;
    const task = seat.running;
    if (task !== undefined && (!task.isStopped || thread.hasBegun(/** @type {number} */ (task.number)))) {
      runs.finish(seat, CRASHED, Number.NaN, reason);
    } else {
      schedule.died();
      weakOwner.find()?.announce('crash', reason);
      runs.finish(seat, FAILED, Number.NaN); // the task, if there is one, was stopped before it began
    }
  }
}

module.exports = { ThreadEnds };
