'use strict';

// What happens to the tasks of a thread that has ended. A task that the thread had not begun runs on another thread, if it
// can be posted again; the others fail.

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
 * @property {() => number} waiting Returns how many tasks do not run.
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
   * @param {Thrown | undefined} error
   * @returns {boolean} whether the thread had a task.
   */
  ended(seat, code, error) {
    const { threads, placement, runs } = this.#parts;
    const thread = /** @type {FileThread} */ (seat.thread);
    const isExpected = thread.isEnding;
    const reason = error === undefined ? errors.crashed(code) : error.thrown;
    // A thread may run out of memory as it reads a task that was posted while its file was loading.
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
    // The first task is settled already if the end was expected. If the thread was refused, the task was recalled where
    // possible.
    if (isExpected || thread.isRefused) runs.finish(seat, FAILED, Number.NaN, reason);
    else this.#died(seat, thread, reason);
    threads.ended(seat);
    if (!isExpected && thread.isRefused) threads.spawnFailed(reason);
    else if (!isExpected && !thread.hasBegunAny) this.#endedUnused(reason, hasReceived);
    return task !== undefined;
  }

  /**
   * Restores what was moved to a thread with a task that has not begun.
   * @param {Seat} seat
   * @param {number} number Of the task.
   * @param {unknown} data
   * @param {readonly unknown[]} transfer
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
   * Fails the tasks that wait, if there is no thread at all.
   * @param {unknown} reason
   */
  failWithout(reason) {
    const { schedule, threads, tasks, weakOwner } = this.#parts;
    if (!threads.isEmpty) return;
    const state = weakOwner.find();
    // A task that waits keeps the state alive.
    for (const slot of schedule.failWaiting()) tasks.settle(/** @type {PoolState} */ (state), slot, FAILED, reason);
    state?.backpressure.roomFreed();
  }

  /**
   * Called when a thread has ended before it began a task. If its file was loaded, it may just have ended as a task came;
   * but a file whose threads always do so must not be started forever.
   * @param {unknown} reason
   * @param {boolean} hasReceived Whether its file was loaded, or it may have received a task.
   */
  #endedUnused(reason, hasReceived) {
    const { threads, deaths, waiting } = this.#parts;
    if (hasReceived && (waiting() === 0 || !deaths.unused())) return;
    threads.fail();
    this.failWithout(reason);
  }

  /**
   * @param {Task} task The first that a thread had not begun when it ended.
   * @param {boolean} hasReceived Whether the thread may have received it.
   */
  #canRunElsewhere(task, hasReceived) {
    if (!this.#canRepeat(task)) return false;
    return !hasReceived || task.number === undefined || !this.#parts.deaths.duringReceipt(task.slot);
  }

  /**
   * @param {Task} task
   * @returns {boolean} whether the task can be posted again. It cannot if it was stopped, or if what was moved with it
   *   is lost.
   */
  #canRepeat({ slot, number, isReturned, isStopped }) {
    if (isStopped) return false;
    return number === undefined || isReturned || this.#parts.tasks.optionsOf(slot)?.transfer === undefined;
  }

  /**
   * Handles the end of a thread that the pool has not ended.
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
      weakOwner.find()?.crashed(reason);
      runs.finish(seat, FAILED, Number.NaN); // the task, if there is one, was stopped before it began
    }
  }
}

module.exports = { ThreadEnds };
