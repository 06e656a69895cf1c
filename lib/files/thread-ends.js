'use strict';

// Handles the tasks of a thread that has ended. The tasks that the thread had not begun run on other threads if they can
// be posted again. The others fail.

const errors = require('../api/errors');
const { OUTCOME, SCHEDULE } = require('../platform/native-protocol');
const { isAfter } = require('../link/claims');
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
/** @typedef {InstanceType<typeof import('./row').Row>} Row */
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
   * Called when the thread of a row has ended.
   * @param {Row} row
   * @param {number} code The exit code.
   * @param {Thrown | undefined} error The error that ended it, if any.
   * @returns {boolean} whether the thread had a task.
   */
  ended(row, code, error) {
    const { threads, placement, runs } = this.#parts;
    const thread = /** @type {FileThread} */ (row.thread);
    const isExpected = thread.isEnding;
    const reason = error === undefined ? errors.crashed(code) : error.thrown;
    // A thread may run out of memory while it receives a task that was posted before its file was loaded.
    const hasReceived = row.isReady || (thread.isOutOfMemory && row.seats.some(isPosted));
    thread.isEnding = true;
    if (!isExpected) for (const seat of row.seats) this.#settleSkipped(seat, thread);
    const hadTask = row.taken > 0;
    this.#recall(row, thread, !isExpected && hasReceived);
    placement.threadEnded(row);
    // If the end was expected, the tasks that the thread had begun are already settled. If the thread could not be started,
    // the tasks were recalled where possible.
    if (!isExpected && !thread.isRefused) this.#died(row, thread, reason);
    for (const seat of row.seats) runs.finish(seat, FAILED, Number.NaN, reason);
    threads.ended(row);
    if (!isExpected && thread.isRefused) threads.spawnFailed(reason);
    else if (!isExpected && !thread.hasBegunAny) this.#endedUnused(reason, hasReceived);
    return hadTask;
  }

  /**
   * Fails the tasks before the one that the thread of a seat has begun last, and those that could not be posted.
   * @param {Seat} seat
   * @param {FileThread} thread
   */
  #settleSkipped(seat, thread) {
    const { runs } = this.#parts;
    runs.settleSkipped(seat, Math.max(seat.countUpTo(thread.begun) - 1, 0));
    while (seat.running?.error !== undefined) runs.settleSkipped(seat, 1);
  }

  /**
   * Requeues the tasks that a thread had not begun when it ended, if they can run elsewhere.
   * @param {Row} row
   * @param {FileThread} thread
   * @param {boolean} hasReceived Whether the thread may have received them.
   */
  #recall(row, thread, hasReceived) {
    const received = hasReceived ? firstReceived(row, thread) : undefined;
    for (const seat of row.seats) {
      const begun = seat.countUpTo(thread.begun);
      const task = seat.tasks[begun];
      if (task === undefined) continue;
      const canRunElsewhere =
        this.#canRepeat(task) && !(task === received && this.#parts.deaths.duringReceipt(task.slot));
      this.#parts.placement.putBack(seat, canRunElsewhere ? begun : begun + 1);
    }
  }

  /**
   * Restores the data of a task whose transferred objects the thread has sent back, because it did not begin the task.
   * @param {Row} row
   * @param {number} number The task's number.
   * @param {unknown} data
   * @param {readonly unknown[]} transfer The objects to transfer.
   */
  returned(row, number, data, transfer) {
    const { inputs, tasks } = this.#parts;
    const task = row.seats.flatMap((seat) => seat.tasks).find((task) => task.number === number);
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
   * @param {Task} task
   * @returns {boolean} whether the task can be posted again. It cannot if it was stopped, or if its transferred objects
   *   are lost.
   */
  #canRepeat({ slot, number, isReturned, isStopped }) {
    if (isStopped) return false;
    return number === undefined || isReturned || this.#parts.tasks.optionsOf(slot)?.transfer === undefined;
  }

  /**
   * Reports the unexpected end of a thread: with the first task that it ran, which fails, if there is one.
   * @param {Row} row
   * @param {FileThread} thread
   * @param {unknown} reason
   */
  #died(row, thread, reason) {
    const { schedule, runs, weakOwner } = this.#parts;
    const seat = row.seats.find(({ running }) => running !== undefined && hasRun(running, thread));
    if (seat !== undefined) {
      runs.finish(seat, CRASHED, Number.NaN, reason);
    } else {
      schedule.died();
      weakOwner.find()?.announce('crash', reason);
    }
  }
}

/** @param {Seat} seat */
const isPosted = ({ running }) => running?.number !== undefined;

/**
 * @param {Task} task The first of a seat.
 * @param {FileThread} thread Has ended.
 * @returns {boolean} false if the task was stopped before it began.
 */
const hasRun = ({ isStopped, number }, thread) => !isStopped || thread.hasBegun(/** @type {number} */ (number));

/** @param {Task} task Was posted. */
const numberOf = ({ number }) => /** @type {number} */ (number);

/**
 * @param {Row} row
 * @param {FileThread} thread Has ended.
 * @returns {Task | undefined} the first task that the thread has not begun, which it may have been receiving.
 */
function firstReceived(row, thread) {
  let first;
  for (const { tasks } of row.seats) {
    const task = tasks.find(({ number }) => number !== undefined && !thread.hasBegun(number));
    const isFirst = task !== undefined && (first === undefined || isAfter(numberOf(first), numberOf(task)));
    if (isFirst) first = task;
  }
  return first;
}

module.exports = { ThreadEnds };
