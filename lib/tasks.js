'use strict';

// The tasks of a pool that have not settled: how each gets its promise and its slot, and how what comes
// back settles it.

// Not the global one, which tests replace with one of their own making.
const { setImmediate } = require('node:timers');
const errors = require('./errors');
const { Slots } = require('./slots');

// See src/delivery.rs.
const RECORD = 3;
const COMPLETED = 0;
const FAILED = 1;
const CLOSED = 2;

/** How many results are settled at most before timers and I/O have their turn. */
const SHARE = 256;

/** Filled and emptied within one call, so all pools can use the same. */
const records = new Float64Array(RECORD * SHARE);

/**
 * What a promise is resolved with to have it reject. A promise takes two functions to settle, and with a
 * long queue it is their memory that keeps the garbage collector busy: so only one of them is kept.
 * To reject this way takes a microtask, and what is to settle later has to wait for that: it is `next`.
 */
class Rejection {
  #error;
  #next;

  constructor(error, next) {
    this.#error = error;
    this.#next = next;
  }

  // biome-ignore lint/suspicious/noThenProperty: a promise calls it
  then(_resolve, reject) {
    reject(this.#error);
    this.#next?.();
  }
}

class Tasks {
  #codec;
  #slots = new Slots();
  /** What bad data is to reject with, by slot. */
  #invalid = new Map();
  /** Leads to the pool's native side, and to who is told of crashes and of the end. */
  #hold;
  #comingAgain = false;

  /** @param {import('./in-flight').Hold} hold */
  constructor(codec, hold) {
    this.#codec = codec;
    this.#hold = hold;
  }

  /** Gives `data` to the owner's pool as a task. @returns {Promise} of its result. */
  run(owner, data) {
    let input;
    let invalid;
    try {
      input = this.#codec.encode(data);
    } catch (error) {
      // Bad data is a task like any other: it rejects in its turn.
      input = Number.NaN;
      invalid = error;
    }
    let resolve;
    const promise = new Promise((settle) => {
      resolve = settle;
    });
    // Such a stack was left that the function above could not be called: the promise has rejected.
    if (resolve === undefined) return promise;
    const slot = this.#slots.take(resolve, input);
    if (invalid !== undefined) this.#invalid.set(slot, invalid);
    // Last, when its slot is taken: whatever interrupts this function (a time limit of node:vm, an
    // exhausted stack), the slot is not given to another task.
    const refusal = owner.closing ? 'ERR_POOL_CLOSED' : owner.wayIn.post(slot, input);
    if (refusal !== null) this.#refuse(slot, refusal);
    return promise;
  }

  /** Closes the owner's pool; `owner.ended()` is called when its threads are gone. */
  close(owner) {
    owner.closing = true;
    owner.inFlight.rise();
    owner.native.close();
  }

  /**
   * Settles what has come back, a share of it in each turn of the event loop until nothing is left. Every
   * ring of the doorbell must come through to the native side, at once or with the next share, also when
   * everything has been collected before: until then the doorbell does not ring again.
   */
  collect = () => {
    // Node.js passes on many rings in one turn, each of which would settle a share of its own.
    if (this.#comingAgain) return;
    const owner = this.#hold.find();
    if (owner === undefined) return; // the pool is gone
    const count = owner.collect(records);
    if (count === 0) return;
    this.#comingAgain = true;
    setImmediate(this.#comeAgain);
    this.#settle({ owner, records, at: 0, end: count * RECORD, errors: undefined });
  };

  #comeAgain = () => {
    this.#comingAgain = false;
    this.collect();
  };

  /** Settles what stands in a batch of records, in that order. */
  #settle(batch) {
    const { owner, records, end } = batch;
    for (let at = batch.at; at < end; at += RECORD) {
      const slot = records[at];
      switch (records[at + 1]) {
        case COMPLETED: {
          const result = this.#codec.decode(this.#slots.input(slot), records[at + 2]);
          this.#release(slot)(result);
          this.#land(owner);
          break;
        }
        case FAILED: {
          batch.errors ??= this.#errorsIn(batch);
          batch.at = at + RECORD;
          const rejection = new Rejection(batch.errors.next().value, () => this.#settle(batch));
          this.#release(slot)(rejection);
          this.#land(owner);
          return;
        }
        case CLOSED:
          this.#land(owner);
          owner.ended();
          break;
      }
    }
  }

  /** The errors of a batch's failures, in their order. Tells the owner of crashes. */
  #errorsIn(batch) {
    const { owner, end } = batch;
    // The rest of the batch is settled microtasks later, and the array may be used meanwhile.
    batch.records = batch.records.slice(0, end);
    const said = owner.native.takeFailures().values(); // by two strings each, see src/delivery.rs
    const failures = [];
    for (let at = batch.at; at < end; at += RECORD) {
      if (batch.records[at + 1] !== FAILED) continue;
      const code = said.next().value;
      const message = said.next().value;
      const error = this.#invalid.get(batch.records[at]) ?? errors.fromNative(code, message);
      if (code === 'ERR_POOL_CRASH') owner.crashed(error);
      failures.push(error);
    }
    return failures.values();
  }

  #refuse(slot, code) {
    this.#release(slot)(new Rejection(errors.refused(code)));
  }

  #release(slot) {
    if (this.#invalid.size > 0) this.#invalid.delete(slot);
    return this.#slots.release(slot);
  }

  #land(owner) {
    if (!owner.inFlight.land()) return;
    // Also what an interrupted `run` has left behind.
    this.#slots.reset();
    if (this.#invalid.size > 0) this.#invalid.clear();
  }
}

module.exports = { Tasks };
