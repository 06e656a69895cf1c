'use strict';

// The backend of a worker file. It dequeues tasks from the engine's schedule for free threads of `worker_threads`,
// posts them, and reports to the schedule how each has ended.

const errors = require('../api/errors');
const { sharedNow } = require('../link/shared-clock');
const addon = require('../platform/addon');
const { later, raise, soon } = require('../platform/event-loop');
const { OUTCOME, SCHEDULE } = require('../platform/native-protocol');
const { Deaths } = require('./deaths');
const { NamedData } = require('./named-data');
const { Placement } = require('./placement');
const { ProcessRef } = require('./process-ref');
const { Stops } = require('./stops');
const { FileThreads } = require('./threads');

/** @typedef {import('../api/options').PoolOptions} PoolOptions */
/** @typedef {import('../tasks/pool-state').Backend} Backend */
/** @typedef {import('../tasks/pool-state').BackendFunctions} BackendFunctions */
/** @typedef {import('../tasks/tasks').TaskOptions} TaskOptions */
/** @typedef {import('./placement').ScheduleFunctions} ScheduleFunctions */
/** @typedef {import('./thread').Thrown} Thrown */
/** @typedef {import('./threads').PoolEvents} PoolEvents */
/** @typedef {InstanceType<typeof import('../tasks/inputs').Values>} Values */
/** @typedef {InstanceType<typeof import('../tasks/pending').WeakOwner>} WeakOwner */
/** @typedef {InstanceType<typeof import('../tasks/pool-state').PoolState>} PoolState */
/** @typedef {InstanceType<typeof import('../tasks/tasks').Tasks>} Tasks */
/** @typedef {InstanceType<typeof import('./seat').Assignment>} Task */
/** @typedef {InstanceType<typeof import('./seat').Seat>} Seat */
/** @typedef {InstanceType<typeof import('./thread').FileThread>} FileThread */

/** @typedef {PoolOptions & { size: number, file: string }} FilePoolOptions `file` is the path of the worker file. */

const { NONE, COMPLETED, FAILED, QUEUE_TIMED_OUT, GIVEN_UP } = OUTCOME;
const { CRASHED, MORE } = SCHEDULE;

/** @implements {Backend} */
class FilePool {
  /** @type {Tasks} */
  #tasks;
  /** @type {Values} */
  #inputs;
  /** @type {WeakOwner} */
  #weakOwner;
  /** @type {InstanceType<typeof addon.ExternalSchedule>} */
  #schedule;
  /** @type {ScheduleFunctions} */
  #queue;
  /** @type {InstanceType<typeof FileThreads>} */
  #threads;
  /** @type {Seat[]} */
  #seats;
  /** @type {InstanceType<typeof Placement>} */
  #placement;
  #processRef = new ProcessRef();
  /** @type {InstanceType<typeof Stops>} */
  #stops;
  #deaths = new Deaths();
  #isResumingLater = false;
  #isClosing = false;
  #isEnding = false;
  #isEnded = false;

  /**
   * Starts the threads.
   * @param {FilePoolOptions} options
   * @param {Tasks} tasks
   * @param {Values} inputs The data of the tasks.
   * @param {WeakOwner} weakOwner Refers to the pool's state.
   * @throws the error of `Worker`.
   */
  constructor({ size, maxQueue, file, workerOptions, abortTimeout }, tasks, inputs, weakOwner) {
    this.#tasks = tasks;
    this.#inputs = inputs;
    this.#weakOwner = weakOwner;
    this.#stops = new Stops(abortTimeout, (seat) => this.#finish(seat, FAILED, Number.NaN));
    this.#schedule = scheduleFor(size, maxQueue);
    this.#queue = /** @type {ScheduleFunctions} */ (this.#schedule.functions({ __proto__: null }));
    this.#threads = new FileThreads(size, { file, options: workerOptions }, this.#threadEvents());
    this.#seats = this.#threads.seats;
    this.#placement = new Placement(this.#queue, this.#seats, tasks, inputs, {
      placed: () => this.#startForTasks(),
      limited: (milliseconds) => this.#weakOwner.find()?.limitTimer.schedule(milliseconds),
      interrupted: () => this.#resumeLater(),
      unposted: (seat, task) => this.#failUnposted(seat, task),
    });
    try {
      this.#threads.startAll();
    } catch (error) {
      this.#schedule.end();
      throw error;
    }
  }

  /** @returns {BackendFunctions} */
  functions() {
    const { submit, submitWith, room } = this.#queue;
    /** @type {BackendFunctions & { __proto__: null }} */
    const functions = {
      __proto__: null,
      submit,
      submitWith,
      admitting: () => {
        this.#resumeLater();
        this.#placement.admitting();
      },
      admitted: (priority) => this.#placement.admitted(priority),
      cancel: (slot, reason) => this.#cancel(slot, reason),
      stopCancelled: () => this.#stopCancelled(),
      expire: () => this.#expire(),
      room,
      keepAlive: (isNeeded) => this.#processRef.set(isNeeded),
    };
    return functions;
  }

  /** Workers without a task. */
  get idle() {
    return this.#schedule.idle;
  }

  /** Tasks that wait. */
  get queued() {
    return this.#schedule.queued;
  }

  /**
   * Writes the counts, see api/stats.js.
   * @param {Float64Array} numbers
   */
  stats(numbers) {
    this.#schedule.stats(numbers);
  }

  /** Admits no more tasks, and ends the threads when all have finished. */
  close() {
    this.#resumeLater();
    this.#isClosing = true;
    this.#schedule.close();
  }

  /** Admits no more tasks, gives up all that are pending, and ends the threads. */
  closeNow() {
    this.close();
    this.#placement.end();
    later(() => this.#giveUp()); // neither the end of the stack nor a time limit of node:vm can interrupt it there
  }

  #giveUp() {
    const state = this.#pendingState();
    this.#receiveWaiting(() => true);
    const slots = this.#schedule.giveUp();
    this.#placement.dropAhead();
    for (const seat of this.#seats) {
      const task = seat.running;
      if (task !== undefined) task.isStopped = true;
      if (task !== undefined && task.number === undefined) this.#finish(seat, FAILED, Number.NaN);
      else if (seat.thread !== undefined) seat.terminate();
    }
    for (const slot of slots) this.#tasks.settle(state, slot, GIVEN_UP);
    this.#endIfDone();
  }

  /** Does nothing: the threads are gone when this backend reports its end. */
  join() {}

  /** Ends the threads of a pool that was collected, which has no tasks. */
  abandon() {
    this.#isEnding = true;
    this.#threads.terminate();
    this.#processRef.drop();
  }

  /**
   * How the events of threads are handled.
   * @returns {PoolEvents}
   */
  #threadEvents() {
    return {
      starting: (seat) => this.#placement.loading(seat),
      ready: (seat, time) => this.#ready(seat, time),
      completed: (seat, number, took, result) => {
        if (this.#isAt(seat, number)) this.#finish(seat, COMPLETED, took, result);
        this.#emitAnnounced();
      },
      failed: (seat, number, took, error) => {
        if (this.#isAt(seat, number)) this.#finish(seat, FAILED, took, error);
        this.#emitAnnounced();
      },
      reported: (seat, number, value) => {
        if (this.#isAt(seat, number)) this.#report(seat, value);
      },
      lost: (seat, number) => this.#settleSkipped(seat, seat.countUpTo(number)),
      returned: (seat, number, data, transfer) => this.#returned(seat, number, data, transfer),
      ended: (seat, code, error) => this.#threadEnded(seat, code, error),
      absent: (count) => this.#schedule.setAbsent(count),
      spawnFailed: (error, isFirst) => this.#spawnFailed(error, isFirst),
      rested: () => this.#startForTasks(),
    };
  }

  /**
   * Finishes in the next turn of the event loop what the current call may leave undone: the end of the stack or a time
   * limit of node:vm may interrupt it. So this is called first.
   */
  #resumeLater() {
    if (this.#isResumingLater) return;
    later(this.#resume);
    this.#isResumingLater = true;
  }

  #resume = () => {
    this.#isResumingLater = false;
    this.#stops.run();
    this.#stops.clear();
    if (this.#placement.resume()) {
      const state = this.#weakOwner.find();
      if (state !== undefined && state.pending.count > 0) this.#processRef.set(true);
      state?.limitTimer.schedule(this.#queue.firstLimit());
    }
    this.#endIfDone();
  };

  /**
   * Fails the task that a seat is to run, because it could not be posted.
   * @param {Seat} seat
   * @param {Task} task
   */
  #failUnposted(seat, task) {
    // In a microtask, since the caller may not have the promise of the task yet.
    soon(() => {
      if (seat.running === task) this.#finish(seat, FAILED, Number.NaN, task.error?.thrown);
    });
  }

  /**
   * Settles the task that a seat runs. The worker is free, or has its next task, before the promise settles.
   * @param {Seat} seat
   * @param {number} ran How the run has ended: an outcome, or `CRASHED`.
   * @param {number} took How long it took, in milliseconds; `NaN` if that is not known.
   * @param {unknown} [value] The result or the error.
   */
  #finish(seat, ran, took, value) {
    const task = seat.shift();
    if (task === undefined) return;
    this.#deaths.taskEnded(task.slot, took >= 0);
    const answer = this.#queue.finish(seat.number, ran, took);
    const hasMore = answer >= MORE + NONE;
    const outcome = hasMore ? answer - MORE : answer;
    this.#placement.ended(seat, took, hasMore);
    const state = this.#weakOwner.find();
    if (ran === CRASHED) state?.crashed(value);
    if (outcome !== NONE) this.#tasks.settle(/** @type {PoolState} */ (state), task.slot, outcome, value);
    state?.backpressure.roomFreed();
    this.#endIfDone();
  }

  /**
   * The pool's state, for settling tasks. A pending task keeps it alive. If nothing is pending, it may be `undefined`.
   * @returns {PoolState}
   */
  #pendingState() {
    return /** @type {PoolState} */ (this.#weakOwner.find());
  }

  /** Emits events that are due, before callers that await tasks continue. */
  #emitAnnounced() {
    this.#weakOwner.find()?.emitAnnounced();
  }

  /**
   * Cancels a task. If its thread has begun it, `#stopCancelled` stops it: at the end of the `abort()`, or in the next
   * turn of the event loop.
   * @param {number} slot
   * @param {unknown} reason
   * @returns {boolean} false if the task has settled already. No JavaScript function is called after the cancellation,
   *   so this returns even at the end of the stack.
   */
  #cancel(slot, reason) {
    this.#resumeLater();
    const seat = this.#seats[this.#queue.seatOf(slot)];
    const task = seat?.running;
    if (task !== undefined && !this.#placement.recall(seat, task)) this.#stops.add(seat, task, reason);
    return this.#queue.cancel(slot);
  }

  /** Stops cancelled tasks, unless data is being cloned: then the clone may have called this. */
  #stopCancelled() {
    if (!this.#placement.isPlacing) this.#stops.run();
  }

  /**
   * Ends tasks that have waited or run for too long.
   * @returns {number} after how many milliseconds to do so again.
   */
  #expire() {
    const state = this.#pendingState();
    // A task may have ended in time while the event loop was blocked.
    this.#receiveWaiting(({ slot }) => (this.#tasks.optionsOf(slot)?.timeout ?? Infinity) < Infinity);
    // A task that its thread has not begun is still waiting.
    for (let number = this.#queue.lateAssigned(); number !== NONE; number = this.#queue.lateAssigned()) {
      const seat = this.#seats[number];
      const task = /** @type {Task} */ (seat.running);
      if (!this.#placement.recall(seat, task)) this.#queue.begin(number, 0);
    }
    // All are removed before one is settled, since that may run the caller's code, which may start what waits.
    const expired = [];
    for (let slot = this.#queue.expire(); slot !== NONE; slot = this.#queue.expire()) expired.push(slot);
    for (const slot of expired) this.#tasks.settle(state, slot, QUEUE_TIMED_OUT);
    for (let number = this.#queue.stopLate(); number !== NONE; number = this.#queue.stopLate()) {
      const seat = this.#seats[number];
      const task = /** @type {Task} */ (seat.running);
      const error = this.#tasks.timedOut(task.slot);
      this.#stops.runNow(seat, task, error);
      this.#tasks.settle(state, task.slot, FAILED, error);
    }
    this.#placement.place();
    state?.backpressure.roomFreed();
    this.#endIfDone();
    return this.#queue.firstLimit();
  }

  /**
   * Receives the messages of threads that the event loop has not received yet.
   * @param {(task: Task) => boolean} isNeeded Selects threads by their running tasks.
   */
  #receiveWaiting(isNeeded) {
    for (const seat of this.#seats) {
      const task = seat.running;
      if (task !== undefined && !task.isStopped && isNeeded(task)) seat.thread?.receiveWaiting();
    }
  }

  /**
   * Starts threads for tasks that wait.
   * @param {number} [atLeast] How many threads to start at least.
   */
  #startForTasks(atLeast = 0) {
    if (!this.#threads.isFull) this.#threads.startFor(this.#queue.waiting(), atLeast);
  }

  /**
   * Called when the thread of a seat has loaded its file.
   * @param {Seat} seat
   * @param {number} time When it has, on the clock of shared-clock.js.
   */
  #ready(seat, time) {
    this.#placement.ready(seat, Math.max(sharedNow() - time, 0) || 0); // the time may be `NaN`
    this.#weakOwner.find()?.backpressure.roomFreed(); // the seat may have been absent before
  }

  /**
   * Passes on what the running task of a seat reports.
   * @param {Seat} seat
   * @param {unknown} value
   */
  #report(seat, value) {
    const task = /** @type {Task} */ (seat.running);
    if (task.isStopped) return;
    try {
      this.#tasks.optionsOf(task.slot)?.onProgress?.(value);
    } catch (error) {
      raise(error); // like what a listener throws, it does not affect the task
    }
  }

  /**
   * Settles the tasks before the one that a message of a thread is about.
   * @param {Seat} seat
   * @param {number} number Of the task in the message.
   * @returns {boolean} whether the seat still has that task.
   */
  #isAt(seat, number) {
    if (seat.runs(number)) return true;
    if (!seat.tasks.some((task) => task.number === number)) return false;
    this.#settleSkipped(seat, seat.countUpTo(number) - 1);
    return true;
  }

  /**
   * Fails the first tasks of a seat, because its thread runs a later one. They could not be posted, or the messages
   * about their ends could not be read.
   * @param {Seat} seat
   * @param {number} count
   */
  #settleSkipped(seat, count) {
    for (let settled = 0; settled < count; settled++) {
      const error = seat.running?.error;
      this.#finish(seat, FAILED, Number.NaN, error === undefined ? seat.thread?.messageError : error.thrown);
    }
  }

  /**
   * Called when the thread of a seat has ended.
   * @param {Seat} seat
   * @param {number} code The exit code.
   * @param {Thrown | undefined} error
   */
  #threadEnded(seat, code, error) {
    const thread = /** @type {FileThread} */ (seat.thread);
    const isExpected = thread.isEnding;
    const reason = error === undefined ? errors.crashed(code) : error.thrown;
    // A thread may run out of memory as it reads a task that was posted while its file was loading.
    const hasReceived = seat.isReady || (thread.isOutOfMemory && seat.running?.number !== undefined);
    thread.isEnding = true;
    if (!isExpected) {
      this.#settleSkipped(seat, Math.max(seat.countUpTo(thread.begun) - 1, 0));
      while (seat.running?.error !== undefined) this.#settleSkipped(seat, 1);
    }
    const task = seat.running;
    // The thread has not begun these tasks, so another thread can run them.
    if (!isExpected && task !== undefined && this.#canRunElsewhere(task, hasReceived)) {
      this.#placement.recall(seat, task);
    }
    this.#placement.threadEnded(seat);
    // The first task is settled already if the end was expected. If the thread was refused, the task was recalled where
    // possible.
    if (isExpected || thread.isRefused) this.#finish(seat, FAILED, Number.NaN, reason);
    else this.#died(seat, thread, reason);
    this.#threads.ended(seat);
    if (!isExpected && thread.isRefused) this.#threads.spawnFailed(reason);
    else if (!isExpected && !thread.hasBegunAny) this.#endedUnused(reason, hasReceived);
    if (!this.#isEnding) {
      this.#placement.place();
      // New threads are started for tasks that wait, and to replace a thread that ended with a task. A thread without a
      // task is not replaced, since a file that ends at once would be started forever. While threads fail, there is at
      // most one.
      const isNeeded = !this.#threads.isFailing || this.#threads.isEmpty;
      if (isNeeded) this.#startForTasks(task === undefined || this.#isClosing ? 0 : 1);
    }
    this.#endIfDone();
  }

  /**
   * Called when a thread has ended before it began a task. If its file was loaded, it may just have ended as a task came;
   * but a file whose threads always do so must not be started forever.
   * @param {unknown} reason
   * @param {boolean} hasReceived Whether its file was loaded, or it may have received a task.
   */
  #endedUnused(reason, hasReceived) {
    if (hasReceived && (this.#queue.waiting() === 0 || !this.#deaths.unused())) return;
    this.#threads.fail();
    this.#failWithout(reason);
  }

  /**
   * @param {Task} task The first that a thread had not begun when it ended.
   * @param {boolean} hasReceived Whether the thread may have received it.
   */
  #canRunElsewhere(task, hasReceived) {
    if (!this.#canRepeat(task)) return false;
    return !hasReceived || task.number === undefined || !this.#deaths.duringReceipt(task.slot);
  }

  /**
   * @param {Task} task
   * @returns {boolean} whether the task can be posted again. It cannot if it was stopped, or if what was moved with it
   *   is lost.
   */
  #canRepeat({ slot, number, isReturned, isStopped }) {
    if (isStopped) return false;
    return number === undefined || isReturned || this.#tasks.optionsOf(slot)?.transfer === undefined;
  }

  /**
   * Restores what was moved to a thread with a task that has not begun.
   * @param {Seat} seat
   * @param {number} number Of the task.
   * @param {unknown} data
   * @param {readonly unknown[]} transfer
   */
  #returned(seat, number, data, transfer) {
    const task = seat.tasks.find((task) => task.number === number);
    if (task === undefined || task.isStopped) return;
    task.isReturned = true;
    const input = this.#inputs.get(task.slot);
    this.#inputs.put(task.slot, input instanceof NamedData ? new NamedData(input.name, data) : data);
    /** @type {TaskOptions} */ (this.#tasks.optionsOf(task.slot)).transfer = transfer;
  }

  /**
   * Handles the end of a thread that the pool has not ended.
   * @param {Seat} seat
   * @param {FileThread} thread
   * @param {unknown} reason
   */
  #died(seat, thread, reason) {
    const task = seat.running;
    if (task !== undefined && (!task.isStopped || thread.hasBegun(/** @type {number} */ (task.number)))) {
      this.#finish(seat, CRASHED, Number.NaN, reason);
    } else {
      this.#schedule.died();
      this.#weakOwner.find()?.crashed(reason);
      this.#finish(seat, FAILED, Number.NaN); // the task, if there is one, was stopped before it began
    }
  }

  /**
   * Called when a thread could not be started.
   * @param {unknown} error
   * @param {boolean} isFirst Whether the last attempt was successful.
   */
  #spawnFailed(error, isFirst) {
    if (isFirst) this.#weakOwner.find()?.crashed(error);
    this.#failWithout(error);
  }

  /**
   * Fails the tasks that wait, if there is no thread at all.
   * @param {unknown} reason
   */
  #failWithout(reason) {
    if (!this.#threads.isEmpty) return;
    const state = this.#pendingState();
    for (const slot of this.#schedule.failWaiting()) this.#tasks.settle(state, slot, FAILED, reason);
    state?.backpressure.roomFreed();
    this.#endIfDone();
  }

  /** Ends the threads when there is nothing left to do, and the pool with the last of them. */
  #endIfDone() {
    if (!this.#isClosing || this.#placement.isBusy || this.#queue.waiting() > 0) return;
    if (!this.#isEnding) {
      this.#isEnding = true;
      this.#threads.exit();
    }
    if (this.#isEnded || !this.#threads.isEmpty) return;
    this.#isEnded = true;
    this.#schedule.end();
    // In the next turn, when callers that await tasks have been notified.
    later(() => {
      this.#processRef.drop();
      this.#weakOwner.find()?.ended();
    });
  }
}

/**
 * @param {number} size
 * @param {number} maxQueue
 * @throws {Error} `ERR_WORKER_INIT_FAILED` if the timer's thread cannot be started.
 */
function scheduleFor(size, maxQueue) {
  try {
    return new addon.ExternalSchedule(size, maxQueue);
  } catch (cause) {
    throw errors.threadNotStarted(cause);
  }
}

module.exports = { FilePool };
