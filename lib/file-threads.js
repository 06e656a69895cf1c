'use strict';

// The threads of a worker file's pool: which seats have one, and when others are started.

const errors = require('./errors');
const { soon } = require('./event-loop');
const { FileWorker, commonMemory } = require('./file-worker');
const { Seat } = require('./seat');

class FileThreads {
  /** @type {Seat[]} */
  seats;
  /** The last thread was of no use: from now on they are started one at a time, and for tasks only. */
  isFailing = false;
  #what;
  #owner;
  /** Seats without a thread. */
  #missing;
  /** How many threads load their file. */
  #starting = 0;
  #isEnding = false;

  /**
   * Starts them all. Throws what `Worker` does.
   * @param {number} size
   * @param {{ file: string, options: object }} what See FileWorker.
   * @param owner Who is told what the thread of a seat does, see FileWorker, but with the seat in front, and that one
   *   could not be started: `lacking(error)`.
   */
  constructor(size, what, owner) {
    this.#what = { ...what, common: commonMemory() };
    this.#owner = owner;
    this.seats = Array.from({ length: size }, (_, number) => new Seat(number));
    this.#missing = [...this.seats].reverse();
    try {
      while (!this.areAll) this.#start();
    } catch (error) {
      for (const { thread } of this.seats) thread?.discard();
      throw error;
    }
  }

  /** Whether every seat has one. */
  get areAll() {
    return this.#missing.length === 0;
  }

  /** Whether none has. */
  get areNone() {
    return this.#missing.length === this.seats.length;
  }

  /** Starts threads for so many tasks that wait, or so many threads at least, as far as seats are without. */
  startFor(waiting, atLeast) {
    if (this.isFailing && this.#starting > 0) return;
    const lacking = waiting - this.#starting;
    const needed = this.isFailing ? Math.min(lacking, 1) : Math.max(lacking, atLeast);
    try {
      for (let started = 0; started < needed && !this.areAll; started++) this.#start();
    } catch (cause) {
      // Not at once: whoever submits the task may not have its promise yet.
      soon(() => this.#owner.lacking(errors.threadNotStarted(cause)));
    }
  }

  /** The thread of a seat has ended. */
  vacate(seat) {
    if (!seat.isReady) this.#starting--;
    seat.thread = undefined;
    seat.isReady = false;
    this.#missing.push(seat);
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
    if (this.#isEnding) seat.thread.exit();
  }

  #threadFor(seat) {
    const owner = this.#owner;
    return new FileWorker(
      { ...this.#what, me: seat.number + 1 },
      {
        ready: () => this.#ready(seat),
        completed: (number, took, result) => owner.completed(seat, number, took, result),
        failed: (number, took, error) => owner.failed(seat, number, took, error),
        reported: (number, value) => owner.reported(seat, number, value),
        printing: (isPrinting) => owner.printing(seat, isPrinting),
        lost: (number) => owner.lost(seat, number),
        returned: (number, data, transfer) => owner.returned(seat, number, data, transfer),
        ended: (code, error) => owner.ended(seat, code, error),
      },
    );
  }

  #ready(seat) {
    seat.isReady = true;
    this.#starting--;
    this.isFailing = false;
    this.#owner.ready(seat);
  }
}

module.exports = { FileThreads };
