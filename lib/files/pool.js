'use strict';

// The backend of a worker file. It dequeues tasks from the engine's schedule for free threads of `worker_threads`,
// posts them, and reports to the schedule how each has ended.

const errors = require('../api/errors');
const { sharedNow } = require('../link/shared-clock');
const addon = require('../platform/addon');
const { later, soon } = require('../platform/event-loop');
const { OUTCOME } = require('../platform/native-protocol');
const { Deaths } = require('./deaths');
const { IdleThreads } = require('./idle-threads');
const { Placement } = require('./placement');
const { PoolOutput } = require('./pool-output');
const { ProcessRef } = require('./process-ref');
const { Recycling } = require('./recycling');
const { RunEnds } = require('./run-ends');
const { Stops } = require('./stops');
const { ThreadEnds } = require('./thread-ends');
const { FileThreads } = require('./threads');

/** @typedef {import('../api/options').PoolOptions} PoolOptions */
/** @typedef {import('../tasks/pool-state').Backend} Backend */
/** @typedef {import('../tasks/pool-state').BackendFunctions} BackendFunctions */
/** @typedef {import('./placement').ScheduleFunctions} ScheduleFunctions */
/** @typedef {import('./thread').Thrown} Thrown */
/** @typedef {import('./threads').PoolEvents} PoolEvents */
/** @typedef {InstanceType<typeof import('../tasks/inputs').Values>} Values */
/** @typedef {InstanceType<typeof import('../tasks/pending').WeakOwner>} WeakOwner */
/** @typedef {InstanceType<typeof import('../tasks/pool-state').PoolState>} PoolState */
/** @typedef {InstanceType<typeof import('../tasks/tasks').Tasks>} Tasks */
/** @typedef {InstanceType<typeof import('./row').Row>} Row */
/** @typedef {InstanceType<typeof import('./seat').Assignment>} Task */
/** @typedef {InstanceType<typeof import('./seat').Seat>} Seat */

/** @typedef {PoolOptions & { size: number, file: string }} FilePoolOptions `file` is the path of the worker file. */

const { NONE, COMPLETED, FAILED, QUEUE_TIMED_OUT, GIVEN_UP } = OUTCOME;

/** @implements {Backend} */
class FilePool {
  /** @type {Tasks} */
  #tasks;
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
  /** @type {Row[]} */
  #rows;
  /** How many tasks a thread runs at a time. */
  #concurrency;
  /** @type {InstanceType<typeof Placement>} */
  #placement;
  #processRef = new ProcessRef();
  /** @type {InstanceType<typeof Stops>} */
  #stops;
  /** @type {InstanceType<typeof RunEnds>} */
  #runs;
  /** @type {InstanceType<typeof ThreadEnds>} */
  #threadEnds;
  /** @type {InstanceType<typeof IdleThreads>} */
  #idleThreads;
  /** @type {InstanceType<typeof Recycling>} */
  #recycling;
  /**
   * The streams for what the threads print, see printed.js.
   * @type {import('./printed').Outputs}
   */
  #outputs;
  #isResumingLater = false;
  #isClosing = false;
  /** The threads are not to end by themselves. */
  #isForced = false;
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
  constructor(options, tasks, inputs, weakOwner) {
    const { size, minSize, concurrency, idleTimeout, recycle, maxQueue, file, workerOptions, abortTimeout } = options;
    this.#tasks = tasks;
    this.#weakOwner = weakOwner;
    const recall = (/** @type {Seat} */ seat) => this.#placement.recall(seat.row, seat);
    this.#stops = new Stops(abortTimeout, recall, (seat) => this.#runs.finish(seat, FAILED, Number.NaN));
    this.#concurrency = concurrency;
    this.#schedule = scheduleFor(size * concurrency, maxQueue);
    this.#queue = /** @type {ScheduleFunctions} */ (this.#schedule.functions({ __proto__: null }));
    const { stdout, stderr } = workerOptions;
    this.#outputs = [stdout, stderr].map((isRouted) => (isRouted ? new PoolOutput() : undefined));
    const what = {
      file,
      options: workerOptions,
      concurrency,
      outputs: this.#outputs,
      maxHeap: recycle.memory,
      announce: (/** @type {string} */ event, /** @type {unknown[]} */ ...values) => this.#announce(event, values),
    };
    const threads = new FileThreads({ size, minSize, concurrency }, what, this.#threadEvents());
    this.#threads = threads;
    this.#seats = threads.seats;
    this.#rows = threads.rows;
    const placement = new Placement(this.#queue, this.#rows, tasks, inputs, {
      placed: () => this.#startForTasks(),
      limited: (milliseconds) => this.#weakOwner.find()?.limitTimer.schedule(milliseconds),
      interrupted: () => this.#resumeLater(),
      begun: (row) => this.#recycling.begun(row),
      mayTake: (row) => this.#recycling.mayTake(row),
      mayFill: (row) => this.#recycling.mayFill(row),
      freed: (row) => this.#freed(row),
      unposted: (seat, task) => this.#finishSoon(seat, task),
      revoked: (seat, task) => this.#finishSoon(seat, task),
    });
    this.#placement = placement;
    this.#recycling = new Recycling(threads, recycle);
    this.#idleThreads = new IdleThreads(threads, placement, idleTimeout);
    const deaths = new Deaths();
    const runs = new RunEnds(this.#queue, placement, deaths, tasks, weakOwner, () => this.#endIfDone());
    this.#runs = runs;
    const schedule = this.#schedule;
    const { waiting } = this.#queue;
    this.#threadEnds = new ThreadEnds({
      schedule,
      threads,
      placement,
      runs,
      deaths,
      tasks,
      inputs,
      weakOwner,
      waiting,
    });
    try {
      threads.startMinimum();
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

  /** @returns {import('node:stream').Readable | null} what the threads print, if `workerOptions` route it here. */
  get stdout() {
    return this.#outputs[0]?.stream ?? null;
  }

  /** @returns {import('node:stream').Readable | null} */
  get stderr() {
    return this.#outputs[1]?.stream ?? null;
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
   * @param {Float64Array} bounds Of buckets, in milliseconds.
   * @param {boolean} reset Whether the times start anew.
   */
  stats(numbers, bounds, reset) {
    this.#schedule.stats(this.#threads.count, numbers, bounds, reset);
    numbers[0] /= this.#concurrency; // the schedule counts seats
  }

  /**
   * Writes what each worker has done, see api/stats.js.
   * @param {Float64Array} numbers
   */
  workers(numbers) {
    this.#schedule.workers(numbers);
    const ofRow = numbers.length / this.#rows.length;
    for (const { number, thread } of this.#rows) if (thread === undefined) numbers[number * ofRow] = 0;
  }

  /**
   * @param {number} worker
   * @returns {number | undefined} the `threadId` of its thread.
   */
  threadIdOf(worker) {
    return this.#rows[worker].thread?.id;
  }

  /**
   * Sets how many workers there may be. If more are busy, they finish their tasks.
   * @param {number} size
   */
  resize(size) {
    this.#resumeLater();
    this.#schedule.resize(size * this.#concurrency);
    this.#threads.resize(size);
    this.#placement.recallAllAhead();
    this.#idleThreads.resized();
    this.#placement.place();
    this.#startForTasks();
  }

  /** Admits no more tasks, and ends the threads when all have finished. */
  close() {
    this.#resumeLater();
    this.#isClosing = true;
    this.#schedule.close();
  }

  /** Like `close`, and gives up queued tasks. */
  closeAndDrop() {
    this.close();
    later(() => this.#dropQueued()); // as `closeNow`
  }

  #dropQueued() {
    const state = this.#pendingState();
    this.#placement.recallAllAhead();
    for (const slot of this.#schedule.dropQueued()) this.#tasks.settle(state, slot, GIVEN_UP);
    this.#placement.place();
    this.#endIfDone();
  }

  /** Admits no more tasks, gives up all that are pending, and ends the threads. */
  closeNow() {
    this.#isForced = true;
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
      if (task !== undefined && task.number === undefined) this.#runs.finish(seat, FAILED, Number.NaN);
    }
    for (const row of this.#rows) if (row.thread !== undefined) row.terminate();
    for (const slot of slots) this.#tasks.settle(state, slot, GIVEN_UP);
    this.#endIfDone();
  }

  /** Does nothing: the threads are gone when this backend reports its end. */
  join() {}

  /** Ends the threads of a pool that was collected, which has no tasks. */
  abandon() {
    this.#isEnding = true;
    this.#idleThreads.stop();
    this.#threads.terminate();
    for (const output of this.#outputs) output?.end();
    this.#processRef.drop();
  }

  /**
   * How the events of threads are handled.
   * @returns {PoolEvents}
   */
  #threadEvents() {
    return {
      starting: (row) => this.#placement.loading(row),
      ready: (row, time) => this.#ready(row, time),
      completed: (row, number, took, result) => this.#runs.answered(row, number, COMPLETED, took, result),
      failed: (row, number, took, error) => this.#runs.answered(row, number, FAILED, took, error),
      reported: (row, number, value) => this.#runs.reported(row, number, value),
      lost: (row, number, running) => this.#runs.lost(row, number, running),
      returned: (row, number, data, transfer) => this.#threadEnds.returned(row, number, data, transfer),
      teardownFailed: (error) => this.#weakOwner.find()?.announce('crash', error),
      survived: (row) => this.#placement.survived(row),
      ended: (row, code, error) => this.#threadEnded(row, code, error),
      absent: (count) => this.#schedule.setAbsent(count),
      spawnFailed: (error, isFirst) => this.#spawnFailed(error, isFirst),
      rested: () => this.#startForTasks(),
      successorReady: (row) => this.#successorReady(row),
      successorFailed: (error) => this.#successorFailed(error),
      overdue: (row) => {
        this.#resumeLater(); // other threads may run what is recalled
        this.#placement.recall(row);
      },
      left: () => this.#endIfDone(),
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
   * Ends the task of a seat, which its thread will not run: it could not be posted, or it was stopped before it began.
   * @param {Seat} seat
   * @param {Task} task
   */
  #finishSoon(seat, task) {
    // In a microtask, since the caller may not have the promise of the task yet.
    soon(() => {
      if (seat.running === task) this.#runs.finish(seat, FAILED, Number.NaN, task.error?.thrown);
    });
  }

  /**
   * The pool's state, for settling tasks. A pending task keeps it alive. If nothing is pending, it may be `undefined`.
   * @returns {PoolState}
   */
  #pendingState() {
    return /** @type {PoolState} */ (this.#weakOwner.find());
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
    if (task !== undefined) {
      this.#placement.recall(seat.row, seat);
      if (seat.running === task) this.#stops.add(seat, task, reason);
    }
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
    // All are removed before one is settled, since that may run the caller's code, which may start what waits.
    const expired = [];
    // A task that its thread has not begun is still waiting.
    for (let number = this.#queue.lateAssigned(); number !== NONE; number = this.#queue.lateAssigned()) {
      const seat = this.#seats[number];
      const task = /** @type {Task} */ (seat.running);
      this.#placement.recall(seat.row, seat);
      if (seat.running !== task) continue;
      if (seat.hasBegun) this.#queue.begin(number, 0);
      else expired.push(this.#expireThere(seat, task));
    }
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
   * Expires a task that its thread has not begun, but that cannot be recalled.
   * @param {Seat} seat
   * @param {Task} task
   * @returns {number} the slot of the task.
   */
  #expireThere(seat, task) {
    this.#queue.expireAssigned(seat.number);
    this.#stops.runNow(seat, task, undefined); // the thread will not run it
    return task.slot;
  }

  /**
   * Receives the messages of threads that the event loop has not received yet.
   * @param {(task: Task) => boolean} isNeeded Selects threads by their running tasks.
   */
  #receiveWaiting(isNeeded) {
    for (const { thread, seats } of this.#rows) {
      const isAny = seats.some(({ running }) => running !== undefined && !running.isStopped && isNeeded(running));
      if (isAny) thread?.receiveWaiting();
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
   * Called when the thread of a row has loaded its file.
   * @param {Row} row
   * @param {number} time When it has, on the clock of shared-clock.js.
   */
  #ready(row, time) {
    this.#placement.ready(row, Math.max(sharedNow() - time, 0) || 0); // the time may be `NaN`
    this.#weakOwner.find()?.backpressure.roomFreed(); // its seats may have been absent before
  }

  /**
   * Called when a task of a row has ended, or was recalled.
   * @param {Row} row
   */
  #freed(row) {
    if (this.#isEnding) return;
    this.#recycling.freed(row);
    if (row.taken === 0) this.#idleThreads.idle(row);
  }

  /**
   * Called when the successor of a thread has loaded its file.
   * @param {Row} row
   */
  #successorReady(row) {
    if (row.taken === 0 && row.isReady) this.#recycling.freed(row);
  }

  /**
   * Called when the successor of a thread has ended before it replaced that.
   * @param {unknown} error
   */
  #successorFailed(error) {
    this.#schedule.died();
    this.#weakOwner.find()?.announce('crash', error);
    this.#placement.place(); // its thread may get tasks again
  }

  /**
   * Called when the thread of a row has ended.
   * @param {Row} row
   * @param {number} code The exit code.
   * @param {Thrown | undefined} error
   */
  #threadEnded(row, code, error) {
    const hadTask = this.#threadEnds.ended(row, code, error);
    if (!this.#isEnding) {
      this.#placement.place();
      // New threads are started for tasks that wait, and to replace a thread that ended with a task. A thread without a
      // task is not replaced, since a file that ends at once would be started forever. While threads fail, there is at
      // most one.
      const isNeeded = !this.#threads.isFailing || this.#threads.isEmpty;
      if (isNeeded) this.#startForTasks(hadTask && !this.#isClosing ? 1 : 0);
    }
    this.#endIfDone();
  }

  /**
   * Emits an event of the pool, or as a microtask while the pool is being made: nobody listens before.
   * @param {string} event
   * @param {unknown[]} values
   */
  #announce(event, values) {
    const state = this.#weakOwner.find();
    if (state !== undefined) state.announce(event, ...values);
    else soon(() => this.#weakOwner.find()?.announce(event, ...values));
  }

  /**
   * Posts a value to the threads.
   * @param {unknown} value
   * @throws if it cannot be cloned.
   */
  broadcast(value) {
    this.#threads.broadcast(value);
  }

  /**
   * Called when a thread could not be started.
   * @param {unknown} error
   * @param {boolean} isFirst Whether the last attempt was successful.
   */
  #spawnFailed(error, isFirst) {
    if (isFirst) this.#weakOwner.find()?.announce('crash', error);
    this.#threadEnds.failWithout(error);
    this.#endIfDone();
  }

  /** Ends the threads when there is nothing left to do, and the pool with the last of them. */
  #endIfDone() {
    if (!this.#isClosing || this.#placement.isBusy || this.#queue.waiting() > 0) return;
    if (!this.#isEnding) {
      this.#isEnding = true;
      this.#idleThreads.stop();
      if (this.#isForced) this.#threads.terminate();
      else this.#threads.exit();
    }
    if (this.#isEnded || !this.#threads.areGone) return;
    this.#isEnded = true;
    this.#schedule.end();
    for (const output of this.#outputs) output?.end();
    // In the next turn, when callers that await tasks have been notified.
    later(() => {
      this.#processRef.drop();
      this.#weakOwner.find()?.ended();
    });
  }
}

/**
 * @param {number} seats
 * @param {number} maxQueue
 * @throws {Error} `ERR_WORKER_INIT_FAILED` if the timer's thread cannot be started.
 */
function scheduleFor(seats, maxQueue) {
  try {
    return new addon.ExternalSchedule(seats, maxQueue);
  } catch (cause) {
    throw errors.threadNotStarted(cause);
  }
}

module.exports = { FilePool };
