'use strict';

// The threads of a worker file's pool: which seats have one, and when others are started. A thread that ends because it
// is not needed leaves its seat at once, so that another one can be started there.
//
// If a thread cannot be started, or its file cannot be loaded, further threads are started one at a time and only for
// tasks, until one is ready. Meanwhile the seats without a thread are absent: tasks wait for the other seats.

const errors = require('../api/errors');
const { DeadlineTimer } = require('../platform/deadline-timer');
const { soon } = require('../platform/event-loop');
const { FileThread, NO_EVENTS, commonMemory } = require('./thread');
const { isDenied } = require('../api/permission');
const { Seat } = require('./seat');

/** @typedef {import('./thread').ThreadEvents} ThreadEvents */
/** @typedef {import('./thread').ThreadFile} ThreadFile */

/**
 * The events of a thread, with its seat as the first parameter.
 * @typedef {{
 *   [Name in Exclude<keyof ThreadEvents, 'teardownFailed'>]: (seat: InstanceType<typeof Seat>, ...values: Parameters<ThreadEvents[Name]>) => void
 * }} SeatThreadEvents
 */

/**
 * @typedef {object} PoolThreadEvents
 * @property {(seat: InstanceType<typeof Seat>) => void} starting A seat has a new thread, which loads the file.
 * @property {(count: number) => void} absent `count` seats have no thread and cannot get one for now.
 * @property {(error: unknown, isFirst: boolean) => void} spawnFailed A thread that is needed cannot be started.
 *   `isFirst` is false if that was also so at the last attempt.
 * @property {() => void} rested Threads may be started again.
 * @property {(error: unknown) => void} teardownFailed The `teardown` of the file has failed.
 * @property {(error: unknown) => void} successorFailed The successor of a thread has ended before it replaced that.
 * @property {(seat: InstanceType<typeof Seat>) => void} successorReady The successor of a thread has loaded its file.
 * @property {() => void} left A thread that had left its seat has ended.
 */

/** @typedef {SeatThreadEvents & PoolThreadEvents} PoolEvents */

/** The delay before a thread is started after one could not be, in milliseconds. */
const RETRY_AFTER = 100;

class FileThreads {
  /** @type {InstanceType<typeof Seat>[]} */
  seats;
  /** @type {ThreadFile} */
  #what;
  /** @type {PoolEvents} */
  #events;
  /**
   * The seats without a thread.
   * @type {InstanceType<typeof Seat>[]}
   */
  #missing;
  /**
   * Threads that have left their seats and not ended.
   * @type {Set<InstanceType<typeof FileThread>>}
   */
  #leaving = new Set();
  /** How many threads there may be. */
  #size;
  /** How many of them are started at once, and kept when they are idle. */
  #minSize;
  /** How many threads are loading their file. */
  #starting = 0;
  /** The last thread has ended before it began a task. */
  #endedUnused = false;
  /** A thread could not be started, which was reported. */
  #couldNotSpawn = false;
  /**
   * The seat of the first thread that was started since then.
   * @type {InstanceType<typeof Seat> | undefined}
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
   * @param {{ size: number, minSize: number }} sizes
   * @param {Omit<ThreadFile, 'common'>} what
   * @param {PoolEvents} events
   */
  constructor({ size, minSize }, what, events) {
    this.#size = size;
    this.#minSize = minSize;
    this.#what = { ...what, common: commonMemory() };
    this.#events = events;
    this.seats = Array.from({ length: size }, (_, number) => new Seat(number));
    this.#missing = [...this.seats].reverse();
  }

  /** How many seats have a thread. */
  get count() {
    return this.seats.length - this.#missing.length;
  }

  /** Whether there are as many threads as there may be. */
  get isFull() {
    return this.count >= this.#size;
  }

  /** Whether no seat has a thread. */
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
      for (const { thread } of this.seats) thread?.discard();
      throw isRefusal ? errors.threadNotStarted(cause) : cause;
    }
  }

  /**
   * Starts threads for seats that have none.
   * @param {number} waiting How many tasks wait. Each needs a thread.
   * @param {number} atLeast How many threads to start at least, unless threads are failing.
   */
  startFor(waiting, atLeast) {
    if (this.#isResting) return;
    if (this.isFailing && this.#starting > 0) {
      if (this.#couldNotSpawn && waiting > 0) this.#rest.schedule(RETRY_AFTER);
      return;
    }
    const needed = this.isFailing ? Math.min(waiting, 1) : Math.max(waiting, atLeast);
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
   * Records that the thread of a seat has ended.
   * @param {InstanceType<typeof Seat>} seat
   */
  ended(seat) {
    if (!seat.isReady) this.#starting--;
    if (this.#retried === seat) this.#retried = undefined;
    this.#dropSuccessor(seat);
    seat.thread = undefined;
    seat.isReady = false;
    seat.ended = 0;
    this.#missing.push(seat);
    this.#updateAbsent();
  }

  /**
   * Sets how many threads there may be.
   * @param {number} size
   */
  resize(size) {
    this.#size = size;
    this.#minSize = Math.min(this.#minSize, size);
    while (this.seats.length < size) {
      const seat = new Seat(this.seats.length);
      this.seats.push(seat);
      this.#missing.unshift(seat);
    }
    this.#updateAbsent();
  }

  /**
   * Ends the thread of a seat, which has no task, once its exit handlers have run. The seat is missing at once.
   * @param {InstanceType<typeof Seat>} seat
   */
  retire(seat) {
    const thread = /** @type {InstanceType<typeof FileThread>} */ (seat.thread);
    this.ended(seat);
    this.#leave(thread);
  }

  /**
   * Starts the successor of a seat's thread. Does nothing if the system allows no further thread.
   * @param {InstanceType<typeof Seat>} seat
   */
  startSuccessor(seat) {
    if (this.#isEnding) return;
    const events = {
      ...NO_EVENTS,
      teardownFailed: (/** @type {unknown} */ error) => this.#events.teardownFailed(error),
      ready: () => {
        seat.isSuccessorReady = true;
        this.#events.successorReady(seat);
      },
      /**
       * @param {number} code
       * @param {import('./thread').Thrown | undefined} error
       */
      ended: (code, error) => {
        const isRefused = seat.successor?.isRefused === true; // the thread goes on
        seat.successor = undefined;
        seat.isSuccessorReady = false;
        if (!isRefused) this.#events.successorFailed(error === undefined ? errors.crashed(code) : error.thrown);
      },
    };
    try {
      seat.successor = new FileThread(this.#what, seat.number + 1, events);
    } catch {
      // The thread goes on, and this is tried again with its next task.
    }
  }

  /**
   * Replaces the thread of a seat, which has no task, by its successor. Without one, one is started now. If the system
   * allows none, the thread goes on.
   * @param {InstanceType<typeof Seat>} seat
   */
  replace(seat) {
    if (seat.successor === undefined) this.startSuccessor(seat);
    const { thread, successor, isSuccessorReady } = seat;
    if (thread === undefined || successor === undefined) return;
    this.#leave(thread);
    seat.successor = undefined;
    seat.isSuccessorReady = false;
    seat.thread = successor;
    seat.ended = 0;
    seat.isReady = isSuccessorReady;
    if (!isSuccessorReady) this.#starting++;
    successor.reportTo(this.#eventsOf(seat));
  }

  /** @param {InstanceType<typeof FileThread>} thread Has left its seat, and has no task. */
  #leave(thread) {
    this.#leaving.add(thread);
    thread.leave(() => {
      this.#leaving.delete(thread);
      this.#events.left();
    });
  }

  /** @param {InstanceType<typeof Seat>} seat */
  #dropSuccessor(seat) {
    if (seat.successor === undefined) return;
    this.#leave(seat.successor);
    seat.successor = undefined;
    seat.isSuccessorReady = false;
  }

  /**
   * Posts a value to all threads, including those that are loading.
   * @param {unknown} value
   * @throws if it cannot be cloned.
   */
  broadcast(value) {
    for (const { thread, successor } of this.seats) {
      thread?.broadcast(value);
      successor?.broadcast(value);
    }
  }

  /** Ends all threads, which have no tasks, once their exit handlers have run. */
  exit() {
    this.#isEnding = true;
    for (const seat of this.seats) {
      this.#dropSuccessor(seat);
      seat.thread?.exit();
    }
  }

  /** Ends all threads immediately, whatever they do. */
  terminate() {
    this.#isEnding = true;
    for (const seat of this.seats) {
      this.#dropSuccessor(seat);
      seat.thread?.terminate();
    }
    for (const thread of this.#leaving) thread.terminate();
  }

  /**
   * Starts a thread for a seat that has none. `Worker` clones the pool's `workerData`, which may run the caller's code:
   * getters.
   * @throws the error of `Worker`.
   */
  #start() {
    const seat = /** @type {InstanceType<typeof Seat>} */ (this.#missing.pop());
    this.#starting++;
    try {
      seat.thread = this.#threadFor(seat);
    } catch (error) {
      this.#missing.push(seat);
      this.#starting--;
      throw error;
    }
    if (this.#couldNotSpawn) this.#retried = seat;
    this.#updateAbsent();
    if (this.#isEnding) seat.thread.exit();
    else this.#events.starting(seat);
  }

  /** @param {InstanceType<typeof Seat>} seat */
  #threadFor(seat) {
    return new FileThread(this.#what, seat.number + 1, this.#eventsOf(seat));
  }

  /**
   * @param {InstanceType<typeof Seat>} seat
   * @returns {ThreadEvents} the events of its thread.
   */
  #eventsOf(seat) {
    const events = this.#events;
    return {
      ready: (time) => this.#ready(seat, time),
      completed: (number, took, result) => events.completed(seat, number, took, result),
      failed: (number, took, error) => events.failed(seat, number, took, error),
      reported: (number, value) => events.reported(seat, number, value),
      lost: (number) => events.lost(seat, number),
      returned: (number, data, transfer) => events.returned(seat, number, data, transfer),
      teardownFailed: (error) => events.teardownFailed(error),
      survived: () => events.survived(seat),
      ended: (code, error) => events.ended(seat, code, error),
    };
  }

  /**
   * @param {InstanceType<typeof Seat>} seat
   * @param {number} time
   */
  #ready(seat, time) {
    seat.isReady = true;
    this.#starting--;
    this.#endedUnused = false;
    const isRecovered = this.#retried === seat;
    if (isRecovered) {
      this.#couldNotSpawn = false;
      this.#retried = undefined;
    }
    this.#updateAbsent();
    this.#events.ready(seat, time);
    if (isRecovered) this.#events.rested();
  }

  /** Without any thread, one seat is not absent: the next task starts its thread. */
  #updateAbsent() {
    const missing = Math.max(this.#size - this.count, 0);
    this.#events.absent(this.isFailing ? missing - (this.isEmpty ? 1 : 0) : 0);
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
