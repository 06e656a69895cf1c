'use strict';

// The threads of a worker file's pool: which seats have one, and when others are started.
//
// If a thread cannot be started, or is of no use since its file cannot be loaded, others are started one at a time
// and for tasks only, until one is ready. Seats without a thread are absent then: tasks wait for the others.

const errors = require('../api/errors');
const { DeadlineTimer } = require('../platform/deadline-timer');
const { soon } = require('../platform/event-loop');
const { FileWorker, commonMemory } = require('./thread');
const { isDenied } = require('../api/permission');
const { Seat } = require('./seat');

/** How long no thread is started when one could not be, in milliseconds. */
const RETRY_AFTER = 100;

class FileThreads {
  /** @type {Seat[]} */
  seats;
  #what;
  #events;
  /** Seats without a thread. */
  #missing;
  /** How many threads load their file. */
  #starting = 0;
  /** The last thread was of no use. */
  #isUseless = false;
  /** One could not be started, which was reported. */
  #isRefused = false;
  /** The seat with the thread that was started since then. */
  #retried;
  /** None is started until the timer fires. */
  #isResting = false;
  #rest = new DeadlineTimer(() => {
    this.#isResting = false;
    this.#events.rested();
  });
  #isEnding = false;

  /**
   * @param {number} size
   * @param {{ file: string, options: object }} what See FileWorker.
   * @param events What is called: the events of FileWorker with the seat in front; `starting(seat)` when a seat has a
   *   new thread, which loads; `absent(count)` when so many seats have none and cannot get one for now;
   *   `spawnFailed(error, isNews)` when one cannot be started that is needed; and `rested()` when it may be tried again.
   */
  constructor(size, what, events) {
    this.#what = { ...what, common: commonMemory() };
    this.#events = events;
    this.seats = Array.from({ length: size }, (_, number) => new Seat(number));
    this.#missing = [...this.seats].reverse();
  }

  /** Whether every seat has one. */
  get areAll() {
    return this.#missing.length === 0;
  }

  /** Whether none has. */
  get areNone() {
    return this.#missing.length === this.seats.length;
  }

  /** Whether threads are started one at a time and for tasks only. */
  get isFailing() {
    return this.#isUseless || this.#isRefused;
  }

  /** Starts them all, or as many as the system allows. Throws what `Worker` does, also if it allows none. */
  startAll() {
    try {
      while (!this.areAll) this.#start();
    } catch (cause) {
      const isLack = isOfSystem(cause);
      if (isLack && !this.areNone) {
        this.spawnFailed(cause);
        return;
      }
      for (const { thread } of this.seats) thread?.discard();
      throw isLack ? errors.threadNotStarted(cause) : cause;
    }
  }

  /** Starts threads for so many tasks that wait, or so many threads at least, as far as seats are without. */
  startFor(waiting, atLeast) {
    if (this.#isResting) return;
    if (this.isFailing && this.#starting > 0) {
      if (this.#isRefused && waiting > 0) this.#rest.schedule(RETRY_AFTER);
      return;
    }
    const needed = this.isFailing ? Math.min(waiting, 1) : Math.max(waiting, atLeast);
    try {
      for (let started = 0; started < needed && !this.areAll; started++) this.#start();
    } catch (cause) {
      this.spawnFailed(cause);
    }
  }

  /** A thread could not be started. */
  spawnFailed(cause) {
    const isNews = !this.#isRefused;
    this.#isRefused = true;
    this.#isResting = true;
    this.#rest.schedule(RETRY_AFTER);
    this.#updateAbsent();
    // Not at once: whoever submits the task may not have its promise yet, nor the pool.
    soon(() => this.#events.spawnFailed(errors.threadNotStarted(cause), isNews));
  }

  /** A thread was of no use. */
  fail() {
    this.#isUseless = true;
    this.#updateAbsent();
  }

  /** The thread of a seat has ended. */
  vacate(seat) {
    if (!seat.isReady) this.#starting--;
    if (this.#retried === seat) this.#retried = undefined;
    seat.thread = undefined;
    seat.isReady = false;
    this.#missing.push(seat);
    this.#updateAbsent();
  }

  /** Ends them all, which have no tasks. */
  exit() {
    this.#isEnding = true;
    for (const { thread } of this.seats) thread?.exit();
  }

  /** The same whatever they do. */
  terminate() {
    this.#isEnding = true;
    for (const { thread } of this.seats) thread?.terminate();
  }

  /**
   * Starts a thread for a seat that has none. Throws if that cannot be done. It clones the pool's `workerData`, which may
   * run code of the caller's: getters.
   */
  #start() {
    const seat = this.#missing.pop();
    this.#starting++;
    try {
      seat.thread = this.#threadFor(seat);
    } catch (error) {
      this.#missing.push(seat);
      this.#starting--;
      throw error;
    }
    if (this.#isRefused) this.#retried = seat;
    this.#updateAbsent();
    if (this.#isEnding) seat.thread.exit();
    else this.#events.starting(seat);
  }

  #threadFor(seat) {
    const events = this.#events;
    return new FileWorker(
      { ...this.#what, me: seat.number + 1 },
      {
        ready: (time) => this.#ready(seat, time),
        completed: (number, took, result) => events.completed(seat, number, took, result),
        failed: (number, took, error) => events.failed(seat, number, took, error),
        reported: (number, value) => events.reported(seat, number, value),
        lost: (number) => events.lost(seat, number),
        returned: (number, data, transfer) => events.returned(seat, number, data, transfer),
        ended: (code, error) => events.ended(seat, code, error),
      },
    );
  }

  #ready(seat, time) {
    seat.isReady = true;
    this.#starting--;
    this.#isUseless = false;
    const wasRefused = this.#retried === seat;
    if (wasRefused) {
      this.#isRefused = false;
      this.#retried = undefined;
    }
    this.#updateAbsent();
    this.#events.ready(seat, time);
    if (wasRefused) this.#events.rested();
  }

  /** Where there is no thread at all, the next task has one started. */
  #updateAbsent() {
    const missing = this.#missing.length;
    this.#events.absent(this.isFailing ? missing - (this.areNone ? 1 : 0) : 0);
  }
}

/** Whether a thread was refused, by the system or by Node's permission model, and not the options of `Worker`. */
const isOfSystem = (error) => error?.code === 'ERR_WORKER_INIT_FAILED' || isDenied(error);

module.exports = { FileThreads };
