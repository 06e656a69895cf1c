'use strict';

// A ring of tasks in memory that the pool's threads read by themselves, so that most tasks are given
// without a call into Rust. What `post` does, in which order and why, is explained where its other half
// is: crates/engine/src/inbox.rs.

const { load, store } = Atomics;

// See src/inbox.rs. Indices are of 32-bit numbers, but for `INPUT`.
const POSTED = 0;
const TAKEN = 16;
const UNSEEN = 32;
const CELLS = 48;
const CELL = 4;
/** Of the first cell, as an index of 64-bit numbers, of which a cell has two. */
const INPUT = 25;
const CAPACITY = 512;

/**
 * While all workers are busy nobody looks into the ring, and for a task there the time that it waits has
 * not begun to count. So the pool is made to look for each of the first of them, then for every so many,
 * and once the caller's code has come to its end; which is often enough for the statistics, and costs
 * little of what a call for each would.
 */
const FIRST = 16;
const EVERY = 16;

/** What the other way in, `submit` of the native side, says of a task that is not refused. */
const ADMITTED = null;

/** What waits for it runs after the code that runs now, and what that has waiting already. */
const CALLER_HAS_ENDED = Promise.resolve();

class Inbox {
  #numbers;
  #inputs;
  #look;
  #size;
  #inFlight;
  /** Tasks that were given while all workers were busy, since the caller's code began. */
  #unseen = 0;
  /** How many tasks were ever posted, modulo 2^32. */
  #posted = 0;
  /** How many of them were taken when this last looked. */
  #taken = 0;

  /**
   * @param {ArrayBuffer} memory Where the ring is.
   * @param {() => void} look Has the pool empty the ring and wake workers for what was there.
   * @param {number} size How many workers there are.
   * @param {import('./in-flight').InFlight} inFlight Counts what was posted.
   */
  constructor(memory, look, size, inFlight) {
    this.#numbers = new Int32Array(memory);
    this.#inputs = new Float64Array(memory);
    this.#look = look;
    this.#size = size;
    this.#inFlight = inFlight;
  }

  /** Gives the pool a task, which it admits. */
  post(number, input) {
    const posted = this.#posted;
    if (((posted - this.#taken) | 0) === CAPACITY) this.#makeRoom();
    const at = posted & (CAPACITY - 1);
    this.#numbers[CELLS + CELL * at] = number;
    this.#inputs[INPUT + 2 * at] = input;
    // From here to the end there is no call of JavaScript, so that an exhausted stack does not come in
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
    else if (inFlight.count > this.#size) this.#noteWaiting();
    return ADMITTED;
  }

  #noteWaiting() {
    const nth = this.#unseen++;
    if (nth < FIRST || nth % EVERY === 0) this.#look();
    if (nth === FIRST) CALLER_HAS_ENDED.then(this.#lookAgain);
  }

  #lookAgain = () => {
    this.#unseen = 0;
    this.#look();
  };

  #makeRoom() {
    this.#taken = load(this.#numbers, TAKEN);
    if (((this.#posted - this.#taken) | 0) < CAPACITY) return;
    this.#look();
    this.#taken = load(this.#numbers, TAKEN);
  }
}

module.exports = { Inbox };
