'use strict';

// Submits a task without a call into Rust: it is written to a ring in memory that the pool's threads poll. The order of the steps,
// and the reasons for it, are at the head of the other half, crates/engine/src/ring.rs.

const { now, soon } = require('../platform/event-loop');
const { RING } = require('../platform/native-protocol');

/** @typedef {InstanceType<typeof import('../tasks/pending').PendingCount>} PendingCount */

const { load, store } = Atomics;

const { SUBMITTED, TAKEN, NEEDS_WAKEUP, CELLS, CELL, TIMES, INPUT, CAPACITY } = RING;

/** The time of a task that a worker sees at once. */
const NOW = 0;

/**
 * A task that is submitted while all workers are busy may stay in the ring until one has finished, so it carries the time of its
 * submission, for the statistics. Reading the clock takes a tenth of the time that a short task does. So it is read for the first
 * few tasks that are submitted in one go, and then for one in `EVERY`: they follow each other within nanoseconds.
 */
const FIRST = 4;
const EVERY = 16;

/** What `submit` of the backend returns for a task that is not refused. */
const ADMITTED = null;

class SubmissionRing {
  #numbers;
  #inputs;
  #poll;
  #size;
  #pending;
  /** When the pool was made, in milliseconds on the clock of `now()`. */
  #origin;
  /** When the clock was read last, in microseconds since then. */
  #time = 0;
  /** How many tasks were submitted in one go while all workers were busy. */
  #waiting = 0;
  /** How many tasks were ever submitted, modulo 2^32. */
  #submitted = 0;
  /** How many of them were taken when this was read last. */
  #taken = 0;

  /**
   * @param {import('../tasks/pool-state').BackendFunctions} functions With `ring`, `poll` and `age`.
   * @param {number} size The number of workers.
   * @param {PendingCount} pending Counts the tasks.
   */
  constructor({ ring, poll, age }, size, pending) {
    this.#numbers = new Int32Array(ring);
    this.#inputs = new Float64Array(ring);
    this.#origin = now() - age();
    this.#poll = poll;
    this.#size = size;
    this.#pending = pending;
  }

  /**
   * Called before a task takes its slot: code of the caller's may run, in hooks of async_hooks.
   * @returns {number} the time to `submit` the task with.
   */
  prepare() {
    return this.#pending.count < this.#size ? NOW : this.#timeOfWaiting();
  }

  /** Submits a task, which is never refused. No code of the caller's runs. */
  submit(slot, input, time) {
    const submitted = this.#submitted;
    if (((submitted - this.#taken) | 0) === CAPACITY) this.#makeRoom();
    const at = submitted & (CAPACITY - 1);
    this.#numbers[CELLS + CELL * at] = slot;
    this.#numbers[TIMES + CELL * at] = time;
    this.#inputs[INPUT + 2 * at] = input;
    // From here to the end no JavaScript function is called, so that the end of the stack cannot come in between. A time limit of
    // node:vm can, since V8 checks for it at atomic operations, too. At the first one nothing has happened yet; at the second,
    // `collect` or `keepAlive` polls the ring.
    const next = (submitted + 1) | 0;
    store(this.#numbers, SUBMITTED, next);
    this.#submitted = next;
    const pending = this.#pending;
    if (pending.count++ === 0) {
      pending.weakOwner.owner = pending.owner;
      pending.keepAlive(true);
    }
    if (load(this.#numbers, NEEDS_WAKEUP) !== 0) this.#poll();
    return ADMITTED;
  }

  #timeOfWaiting() {
    const nth = this.#waiting++;
    if (nth <= FIRST || nth % EVERY === 0) this.#readClock();
    if (nth === FIRST) soon(this.#beginAgain);
    return this.#time;
  }

  #readClock() {
    this.#time = ((now() - this.#origin) * 1000) | 0 || 1; // anything but `NOW`
  }

  #beginAgain = () => {
    this.#waiting = 0;
  };

  #makeRoom() {
    this.#taken = load(this.#numbers, TAKEN);
    if (((this.#submitted - this.#taken) | 0) < CAPACITY) return;
    this.#poll();
    this.#taken = load(this.#numbers, TAKEN);
  }
}

module.exports = { SubmissionRing };
