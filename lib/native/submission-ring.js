'use strict';

// A ring of tasks in memory that the pool's threads read by themselves, so that most tasks are given
// without a call into Rust. What `post` does, in which order and why, is explained where its other half
// is: crates/engine/src/inbox.rs.

const { now, soon } = require('../platform/event-loop');
const { INBOX } = require('../platform/native-protocol');

const { load, store } = Atomics;

const { POSTED, TAKEN, UNSEEN, CELLS, CELL, TIMES, INPUT, CAPACITY } = INBOX;
/** Of a task that a worker is to see at once. */
const NOW = 0;

/**
 * A task that is given while all workers are busy may stay in the ring until one has finished. So it is
 * posted with the time, for the statistics. To read the clock takes a tenth of the time that a short task
 * does, so that is done for the first few tasks that the caller's code gives in one go, and then for one
 * in so many: these come nanoseconds after each other.
 */
const FIRST = 4;
const EVERY = 16;

/** What the other way in, `submit` of the native side, says of a task that is not refused. */
const ADMITTED = null;

class Inbox {
  #numbers;
  #inputs;
  #look;
  #size;
  #inFlight;
  /** When the pool was made, in milliseconds of `now()`. */
  #origin;
  /** The time when the clock was read last, in microseconds since then. */
  #time = 0;
  /** How many tasks the caller's code has given while all workers were busy. */
  #waiting = 0;
  /** How many tasks were ever posted, modulo 2^32. */
  #posted = 0;
  /** How many of them were taken when this last looked. */
  #taken = 0;

  /**
   * @param {{ inbox: ArrayBuffer, look: () => void, age: () => number }} functions Of the native side: where
   *   the ring is, what has the pool empty it and wake workers for what was there, and how long ago the pool
   *   was made.
   * @param {number} size How many workers there are.
   * @param {import('../tasks/pending').InFlight} inFlight Counts what was posted.
   */
  constructor({ inbox, look, age }, size, inFlight) {
    this.#numbers = new Int32Array(inbox);
    this.#inputs = new Float64Array(inbox);
    this.#origin = now() - age();
    this.#look = look;
    this.#size = size;
    this.#inFlight = inFlight;
  }

  /**
   * To be called before the slot of a task is taken: code of the caller's may run, in hooks of async_hooks.
   * @returns {number} the time to `post` the task with.
   */
  prepare() {
    return this.#inFlight.count < this.#size ? NOW : this.#timeOfWaiting();
  }

  /** Submits a task, which the pool admits. No code of the caller's runs. */
  post(slot, input, time) {
    const posted = this.#posted;
    if (((posted - this.#taken) | 0) === CAPACITY) this.#makeRoom();
    const at = posted & (CAPACITY - 1);
    this.#numbers[CELLS + CELL * at] = slot;
    this.#numbers[TIMES + CELL * at] = time;
    this.#inputs[INPUT + 2 * at] = input;
    // From here to the end no function of JavaScript is called, so that an exhausted stack does not come in
    // between. A time limit of node:vm can, since V8 looks for one at the atomic operations too. If it
    // strikes at the first of them nothing has happened; if at the second, whoever collects has the pool
    // look, or `keepAlive` has.
    const next = (posted + 1) | 0;
    store(this.#numbers, POSTED, next);
    this.#posted = next;
    const inFlight = this.#inFlight;
    if (inFlight.count++ === 0) {
      inFlight.hold.owner = inFlight.owner;
      inFlight.keepAlive(true);
    }
    if (load(this.#numbers, UNSEEN) !== 0) this.#look();
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
    if (((this.#posted - this.#taken) | 0) < CAPACITY) return;
    this.#look();
    this.#taken = load(this.#numbers, TAKEN);
  }
}

module.exports = { Inbox };
