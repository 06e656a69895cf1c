'use strict';

// The threads of a worker file's pool: which rows have one, and when others are started. A thread that ends because it
// is not needed leaves its row at once, so that another one can be started there.
//
// If a thread cannot be started, or its file cannot be loaded, further threads are started one at a time and only for
// tasks, until one is ready. Meanwhile the seats of rows without a thread are absent: tasks wait for the other rows.

const errors = require('../api/errors');
const { DeadlineTimer } = require('../platform/deadline-timer');
const { soon } = require('../platform/event-loop');
const { FileThread, NO_EVENTS, commonMemory } = require('./thread');
const { isDenied } = require('../api/permission');
const { Row } = require('./row');

/** @typedef {InstanceType<typeof import('./seat').Seat>} Seat */
/** @typedef {import('./thread').ThreadEvents} ThreadEvents */
/** @typedef {import('./thread').ThreadFile} ThreadFile */

/**
 * The events of a thread, with its row as the first parameter.
 * @typedef {{
 *   [Name in Exclude<keyof ThreadEvents, 'teardownFailed'>]: (row: InstanceType<typeof Row>, ...values: Parameters<ThreadEvents[Name]>) => void
 * }} RowThreadEvents
 */

/**
 * @typedef {object} PoolThreadEvents
 * @property {(row: InstanceType<typeof Row>) => void} starting A row has a new thread, which loads the file.
 * @property {(count: number) => void} absent `count` seats have no thread and cannot get one for now.
 * @property {(error: unknown, isFirst: boolean) => void} spawnFailed A thread that is needed cannot be started.
 *   `isFirst` is false if that was also so at the last attempt.
 * @property {() => void} rested Threads may be started again.
 * @property {(error: unknown) => void} teardownFailed The `teardown` of the file has failed.
 * @property {(error: unknown) => void} successorFailed The successor of a thread has ended before it replaced that.
 * @property {(row: InstanceType<typeof Row>) => void} successorReady The successor of a thread has loaded its file.
 * @property {(row: InstanceType<typeof Row>) => void} overdue A task of a row is stopped and has not ended in time: the tasks
 *   that the thread has not begun are to be recalled.
 * @property {() => void} left A thread that had left its row has ended.
 */

/** @typedef {RowThreadEvents & PoolThreadEvents} PoolEvents */

/** The delay before a thread is started after one could not be, in milliseconds. */
const RETRY_AFTER = 100;

class FileThreads {
  /** @type {InstanceType<typeof Row>[]} */
  rows;
  /**
   * The seats of all rows, by number.
   * @type {Seat[]}
   */
  seats;
  /** @type {ThreadFile} */
  #what;
  /** @type {PoolEvents} */
  #events;
  /**
   * The rows without a thread.
   * @type {InstanceType<typeof Row>[]}
   */
  #missing;
  /**
   * Threads that have left their rows and not ended.
   * @type {Set<InstanceType<typeof FileThread>>}
   */
  #leaving = new Set();
  /** How many threads there may be. */
  #size;
  /** How many of them are started at once, and kept when they are idle. */
  #minSize;
  #concurrency;
  /** How many threads are loading their file. */
  #starting = 0;
  /** The last thread has ended before it began a task. */
  #endedUnused = false;
  /** A thread could not be started, which was reported. */
  #couldNotSpawn = false;
  /**
   * The row of the first thread that was started since then.
   * @type {InstanceType<typeof Row> | undefined}
   */
  #retried;
  /** No thread is started until the timer fires. */
  #isResting = false;
  #rest = new DeadlineTimer(() => {
    this.#isResting = false;
    this.#events.rested();
  });
  #isEnding = false;

  /**
   * @param {{ size: number, minSize: number, concurrency: number }} sizes
   * @param {Omit<ThreadFile, 'common'>} what
   * @param {PoolEvents} events
   */
  constructor({ size, minSize, concurrency }, what, events) {
    this.#size = size;
    this.#minSize = minSize;
    this.#concurrency = concurrency;
    this.#what = { ...what, common: commonMemory() };
    this.#events = events;
    this.rows = Array.from({ length: size }, (_, number) => this.#row(number));
    this.seats = this.rows.flatMap(({ seats }) => seats);
    this.#missing = [...this.rows].reverse();
  }

  /** @param {number} number */
  #row(number) {
    return new Row(number, this.#concurrency, (row) => this.#events.overdue(row));
  }

  /** How many rows have a thread. */
  get count() {
    return this.rows.length - this.#missing.length;
  }

  /** Whether there are as many threads as there may be. */
  get isFull() {
    return this.count >= this.#size;
  }

  /** Whether no row has a thread. */
  get isEmpty() {
    return this.count === 0;
  }

  /** Whether every thread has ended. */
  get areGone() {
    return this.isEmpty && this.#leaving.size === 0;
  }

  /** Whether there are more threads than there may be. */
  get isAboveSize() {
    return this.count > this.#size;
  }

  /** Whether there are more threads than are kept when they are idle. */
  get isAboveMinimum() {
    return this.count > this.#minSize;
  }

  /** Whether threads are started one at a time and only for tasks. */
  get isFailing() {
    return this.#endedUnused || this.#couldNotSpawn;
  }

  /**
   * Starts the threads that are kept when they are idle, or as many as the system allows.
   * @throws the error of `Worker`, including when the system allows no thread.
   */
  startMinimum() {
    try {
      while (this.count < this.#minSize) this.#start();
    } catch (cause) {
      const isRefusal = isSpawnRefusal(cause);
      if (isRefusal && !this.isEmpty) {
        this.spawnFailed(cause);
        return;
      }
      for (const { thread } of this.rows) thread?.discard();
      throw isRefusal ? errors.threadNotStarted(cause) : cause;
    }
  }

  /**
   * Starts threads for rows that have none.
   * @param {number} waiting How many tasks wait.
   * @param {number} atLeast How many threads to start at least, unless threads are failing.
   */
  startFor(waiting, atLeast) {
    if (this.#isResting) return;
    if (this.isFailing && this.#starting > 0) {
      if (this.#couldNotSpawn && waiting > 0) this.#rest.schedule(RETRY_AFTER);
      return;
    }
    const wanted = Math.max(Math.ceil(waiting / this.#concurrency), atLeast);
    const needed = this.isFailing ? Math.min(waiting, 1) : wanted;
    try {
      for (let started = 0; started < needed && !this.isFull; started++) this.#start();
    } catch (cause) {
      this.spawnFailed(cause);
    }
  }

  /**
   * Records that a thread could not be started.
   * @param {unknown} cause
   */
  spawnFailed(cause) {
    const isFirst = !this.#couldNotSpawn;
    this.#couldNotSpawn = true;
    this.#isResting = true;
    this.#rest.schedule(RETRY_AFTER);
    this.#updateAbsent();
    // In a microtask, since the caller may not have the promise of its task yet, or the pool.
    soon(() => this.#events.spawnFailed(errors.threadNotStarted(cause), isFirst));
  }

  /** Records that a thread has ended before it began a task. */
  fail() {
    this.#endedUnused = true;
    this.#updateAbsent();
  }

  /**
   * Records that the thread of a row has ended.
   * @param {InstanceType<typeof Row>} row
   */
  ended(row) {
    if (!row.isReady) this.#starting--;
    if (this.#retried === row) this.#retried = undefined;
    this.#dropSuccessor(row);
    row.thread = undefined;
    row.isReady = false;
    row.isLeaving = false;
    row.ended = 0;
    this.#missing.push(row);
    this.chooseLeaving();
    this.#updateAbsent();
  }

  /**
   * Sets how many threads there may be.
   * @param {number} size
   */
  resize(size) {
    this.#size = size;
    this.#minSize = Math.min(this.#minSize, size);
    while (this.rows.length < size) {
      const row = this.#row(this.rows.length);
      this.rows.push(row);
      this.seats.push(...row.seats);
      this.#missing.unshift(row);
    }
    this.#updateAbsent();
  }

  /**
   * Chooses the threads above the size that end when they have no task: those with the fewest. A thread that runs one
   * task at a time need not be chosen: the first that has none ends.
   */
  chooseLeaving() {
    if (this.#concurrency === 1) return;
    const rows = this.rows.filter(({ thread }) => thread !== undefined).sort((row, other) => row.taken - other.taken);
    const surplus = this.count - this.#size;
    for (const [index, row] of rows.entries()) row.isLeaving = index < surplus;
  }

  /**
   * Ends the thread of a row, which has no task, once its exit handlers have run. The row is missing at once.
   * @param {InstanceType<typeof Row>} row
   */
  retire(row) {
    const thread = /** @type {InstanceType<typeof FileThread>} */ (row.thread);
    this.ended(row);
    this.#leave(thread);
  }

  /**
   * Starts the successor of a row's thread. Does nothing if the system allows no further thread. `Worker` may run the
   * caller's code, see `#start`, which may submit and abort tasks of the row.
   * @param {InstanceType<typeof Row>} row
   */
  startSuccessor(row) {
    if (this.#isEnding || row.isStartingSuccessor) return;
    row.isStartingSuccessor = true;
    const events = {
      ...NO_EVENTS,
      teardownFailed: (/** @type {unknown} */ error) => this.#events.teardownFailed(error),
      ready: () => {
        row.isSuccessorReady = true;
        this.#events.successorReady(row);
      },
      /**
       * @param {number} code
       * @param {import('./thread').Thrown | undefined} error
       */
      ended: (code, error) => {
        const isRefused = row.successor?.isRefused === true; // the thread goes on
        row.successor = undefined;
        row.isSuccessorReady = false;
        if (!isRefused) this.#events.successorFailed(error === undefined ? errors.crashed(code) : error.thrown);
      },
    };
    try {
      row.successor = new FileThread(this.#what, row.number + 1, events);
    } catch {
      // The thread goes on, and this is tried again with its next task.
    }
    row.isStartingSuccessor = false;
  }

  /**
   * Replaces the thread of a row, which has no task, by its successor. Without one, one is started now. If the system
   * allows none, the thread goes on.
   * @param {InstanceType<typeof Row>} row
   */
  replace(row) {
    if (row.successor === undefined) this.startSuccessor(row);
    const { thread, successor, isSuccessorReady } = row;
    if (thread === undefined || successor === undefined) return;
    this.#leave(thread);
    row.successor = undefined;
    row.isSuccessorReady = false;
    row.thread = successor;
    row.ended = 0;
    row.isReady = isSuccessorReady;
    if (!isSuccessorReady) this.#starting++;
    successor.reportTo(this.#eventsOf(row));
  }

  /** @param {InstanceType<typeof FileThread>} thread Has left its row, and has no task. */
  #leave(thread) {
    this.#leaving.add(thread);
    thread.leave(() => {
      this.#leaving.delete(thread);
      this.#events.left();
    });
  }

  /** @param {InstanceType<typeof Row>} row */
  #dropSuccessor(row) {
    if (row.successor === undefined) return;
    this.#leave(row.successor);
    row.successor = undefined;
    row.isSuccessorReady = false;
  }

  /**
   * Posts a value to all threads, including those that are loading.
   * @param {unknown} value
   * @throws if it cannot be cloned.
   */
  broadcast(value) {
    for (const { thread, successor } of this.rows) {
      thread?.broadcast(value);
      successor?.broadcast(value);
    }
  }

  /** Ends all threads, which have no tasks, once their exit handlers have run. */
  exit() {
    this.#isEnding = true;
    for (const row of this.rows) {
      this.#dropSuccessor(row);
      row.thread?.exit();
    }
  }

  /** Ends all threads immediately, whatever they do. */
  terminate() {
    this.#isEnding = true;
    for (const row of this.rows) {
      this.#dropSuccessor(row);
      row.thread?.terminate();
    }
    for (const thread of this.#leaving) thread.terminate();
  }

  /**
   * Starts a thread for a row that has none. `Worker` clones the pool's `workerData`, which may run the caller's code:
   * getters.
   * @throws the error of `Worker`.
   */
  #start() {
    const row = /** @type {InstanceType<typeof Row>} */ (this.#missing.pop());
    this.#starting++;
    try {
      row.thread = this.#threadFor(row);
    } catch (error) {
      this.#missing.push(row);
      this.#starting--;
      throw error;
    }
    if (this.#couldNotSpawn) this.#retried = row;
    this.#updateAbsent();
    if (this.#isEnding) row.thread.exit();
    else this.#events.starting(row);
  }

  /** @param {InstanceType<typeof Row>} row */
  #threadFor(row) {
    return new FileThread(this.#what, row.number + 1, this.#eventsOf(row));
  }

  /**
   * @param {InstanceType<typeof Row>} row
   * @returns {ThreadEvents} the events of its thread.
   */
  #eventsOf(row) {
    const events = this.#events;
    return {
      ready: (time) => this.#ready(row, time),
      completed: (number, took, result) => events.completed(row, number, took, result),
      failed: (number, took, error) => events.failed(row, number, took, error),
      reported: (number, value) => events.reported(row, number, value),
      lost: (number, running) => events.lost(row, number, running),
      returned: (number, data, transfer) => events.returned(row, number, data, transfer),
      teardownFailed: (error) => events.teardownFailed(error),
      survived: () => events.survived(row),
      ended: (code, error) => events.ended(row, code, error),
    };
  }

  /**
   * @param {InstanceType<typeof Row>} row
   * @param {number} time
   */
  #ready(row, time) {
    row.isReady = true;
    this.#starting--;
    this.#endedUnused = false;
    const isRecovered = this.#retried === row;
    if (isRecovered) {
      this.#couldNotSpawn = false;
      this.#retried = undefined;
    }
    this.#updateAbsent();
    this.#events.ready(row, time);
    if (isRecovered) this.#events.rested();
  }

  /** Without any thread, one row is not absent: the next task starts its thread. */
  #updateAbsent() {
    const missing = Math.max(this.#size - this.count, 0);
    const absent = this.isFailing ? missing - (this.isEmpty ? 1 : 0) : 0;
    this.#events.absent(absent * this.#concurrency);
  }
}

/**
 * @param {unknown} error What `Worker` has thrown.
 * @returns {boolean} whether the system or Node's permission model has refused the thread. Otherwise the options are
 *   invalid.
 */
const isSpawnRefusal = (error) =>
  /** @type {{ code?: unknown } | null | undefined} */ (error)?.code === 'ERR_WORKER_INIT_FAILED' || isDenied(error);

module.exports = { FileThreads };
