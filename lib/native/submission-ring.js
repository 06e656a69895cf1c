'use strict';

// Submits a task without a call into Rust: writes it to a ring in memory that the pool's threads poll. The order of the
// steps and the reasons for it are at the head of the other half, crates/engine/src/ring.rs.

const { now, soon } = require('../platform/event-loop');
const { RING } = require('../platform/native-protocol');

/** @typedef {import('../tasks/pool-state').NativeFunctions} NativeFunctions */
/** @typedef {import('../tasks/pool-state').Submitter} Submitter */
/** @typedef {InstanceType<typeof import('../tasks/pending').PendingCount>} PendingCount */

const { load, store } = Atomics;

const { SUBMITTED, TAKEN, NEEDS_WAKEUP, CELLS, CELL, TIMES, INPUT, CAPACITY } = RING;

/** The time of a task that a worker dequeues immediately. */
const NOW = 0;

/**
 * A task that is submitted while all workers are busy may stay in the ring until one of them has finished. So it
 * carries the time of its submission, for the statistics. Reading the clock takes a tenth of the time of a short task.
 * So it is read for the first few tasks of a burst and then for one in `EVERY`: the tasks of a burst follow each other
 * within nanoseconds.
 */
const FIRST = 4;
const EVERY = 16;

/** What `submit` of the backend returns for a task that is not refused. */
const ADMITTED = null;

/** @implements {Submitter} */
class SubmissionRing {
  /** @type {Int32Array<ArrayBuffer>} */
  #numbers;
  /** @type {Float64Array<ArrayBuffer>} */
  #inputs;
  #poll;
  #size;
  /** @type {PendingCount} */
  #pending;
  /** When the pool was made, in milliseconds on the clock of `now()`. */
  #origin;
  /** When the clock was last read, in microseconds since `#origin`. */
  #time = 0;
  /** How many tasks the current burst has, counting those that were submitted while all workers were busy. */
  #burst = 0;
  /** How many tasks were ever submitted, modulo 2^32. */
  #submitted = 0;
  /** How many of them the pool had dequeued when that was last read. */
  #taken = 0;

  /**
   * @param {ArrayBuffer} ring The memory.
   * @param {Pick<NativeFunctions, 'poll' | 'age'>} functions
   * @param {number} size The number of workers.
   * @param {PendingCount} pending Counts the tasks.
   */
  constructor(ring, { poll, age }, size, pending) {
    this.#numbers = new Int32Array(ring);
    this.#inputs = new Float64Array(ring);
    this.#origin = now() - age();
    this.#poll = poll;
    this.#size = size;
    this.#pending = pending;
  }

  /** @param {number} size The number of workers. */
  resize(size) {
    this.#size = size;
  }

  /**
   * Called before a task takes its slot. The caller's code may run, in hooks of async_hooks.
   * @returns {number} the time to pass to `submit`.
   */
  prepare() {
    return this.#pending.count < this.#size ? NOW : this.#timeOfWaiting();
  }

  /**
   * Submits a task. None of the caller's code runs.
   * @param {number} slot
   * @param {number} input
   * @param {number} time
   * @returns {null} The task is never refused.
   */
  submit(slot, input, time) {
    const submitted = this.#submitted;
    if (((submitted - this.#taken) | 0) === CAPACITY) this.#makeRoom();
    const at = submitted & (CAPACITY - 1);
    this.#numbers[CELLS + CELL * at] = slot;
    this.#numbers[TIMES + CELL * at] = time;
    this.#inputs[INPUT + 2 * at] = input;
    // From here to the end no JavaScript function is called, so the end of the stack cannot interrupt this. A time
    // limit of node:vm can, since V8 also checks for it at atomic operations. At the first one nothing has happened
    // yet. After the second one, `collect` or `keepAlive` polls the ring.
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
    const nth = this.#burst++;
    if (nth <= FIRST || nth % EVERY === 0) this.#readClock();
    if (nth === FIRST) soon(this.#endBurst);
    return this.#time;
  }

  #readClock() {
    this.#time = ((now() - this.#origin) * 1000) | 0 || 1; // anything but `NOW`
  }

  #endBurst = () => {
    this.#burst = 0;
  };

  #makeRoom() {
    this.#taken = load(this.#numbers, TAKEN);
    if (((this.#submitted - this.#taken) | 0) < CAPACITY) return;
    this.#poll();
    this.#taken = load(this.#numbers, TAKEN);
  }
}

module.exports = { SubmissionRing };
