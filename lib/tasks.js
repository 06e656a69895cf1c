'use strict';

// The tasks of a pool that have not settled: how each gets its promise and its slot, and how what comes
// back settles it.

// Not the global one, which tests replace with one of their own making.
const { setImmediate } = require('node:timers');
const { AbortSignals, isAborted, reasonOf } = require('./abort-signals');
const errors = require('./errors');
const { Slots } = require('./slots');
const { termsOf } = require('./terms');

// See src/delivery.rs.
const RECORD = 3;
const COMPLETED = 0;
const FAILED = 1;
const CLOSED = 2;
const ABORTED = 3;
const TIMED_OUT = 4;
const WAITED_TOO_LONG = 5;
const GIVEN_UP = 6;
const THREAD_MISSING = 7;

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
  /** The terms of the tasks that have any, by slot. */
  #terms = new Map();
  #signals = new AbortSignals((slot) => this.#abort(slot));
  /** Leads to the pool's native side, and to who is told of crashes and of the end. */
  #hold;
  #comingAgain = false;

  /** @param {import('./in-flight').Hold} hold */
  constructor(codec, hold) {
    this.#codec = codec;
    this.#hold = hold;
  }

  /** Gives `data` to the owner's pool as a task. @returns {Promise} of its result. */
  run(owner, data, options) {
    let terms;
    if (options !== undefined) {
      try {
        terms = termsOf(options);
      } catch (error) {
        return Promise.reject(error); // it never was a task
      }
    }
    let input;
    let invalid;
    try {
      input = this.#codec.encode(data);
    } catch (error) {
      // Bad data is a task like any other: it rejects in its turn.
      input = Number.NaN;
      invalid = error;
    }
    if (terms !== undefined) {
      const error = stopped(terms);
      if (error !== undefined) return Promise.reject(error); // nor was this
    }
    let resolve;
    const promise = new Promise((settle) => {
      resolve = settle;
    });
    // Such a stack was left that the function above could not be called: the promise has rejected.
    if (resolve === undefined) return promise;
    const slot = this.#slots.take(resolve, input);
    if (invalid !== undefined) this.#invalid.set(slot, invalid);
    if (terms !== undefined && !this.#agree(slot, terms)) return promise;
    // Last, when its slot is taken: whatever interrupts this function (a time limit of node:vm, an
    // exhausted stack), the slot is not given to another task.
    const refusal = give(owner, slot, input, terms);
    if (refusal !== null) this.#refuse(owner, slot, refusal);
    return promise;
  }

  /** Closes the owner's pool; `owner.ended()` is called when its threads are gone. */
  close(owner) {
    owner.closing = true;
    owner.inFlight.rise();
    owner.native.close();
    owner.room.close();
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
    owner.room.vacated();
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
        case CLOSED:
          this.#land(owner);
          owner.ended();
          break;
        case THREAD_MISSING:
          batch.errors ??= this.#errorsIn(batch);
          owner.crashed(batch.errors.next().value);
          break;
        default: {
          batch.errors ??= this.#errorsIn(batch);
          batch.at = at + RECORD;
          this.#reject(slot, batch.errors.next().value, () => this.#settle(batch));
          this.#land(owner);
          return;
        }
      }
    }
  }

  /** The errors that a batch is about, in their order. Tells the owner of crashes. */
  #errorsIn(batch) {
    const { owner, end } = batch;
    // The rest of the batch is settled microtasks later, and the array may be used meanwhile.
    batch.records = batch.records.slice(0, end);
    const said = owner.native.takeFailures().values(); // by two strings each, see src/delivery.rs
    const found = [];
    for (let at = batch.at; at < end; at += RECORD) {
      const slot = batch.records[at];
      switch (batch.records[at + 1]) {
        case FAILED: {
          const code = said.next().value;
          const message = said.next().value;
          const error = this.#invalid.get(slot) ?? errors.fromNative(code, message);
          if (code === 'ERR_POOL_CRASH') owner.crashed(error);
          found.push(error);
          break;
        }
        case ABORTED:
          found.push(errors.aborted(reasonOf(this.#terms.get(slot).signal)));
          break;
        case TIMED_OUT:
          found.push(errors.timedOut(this.#terms.get(slot).timeout));
          break;
        case WAITED_TOO_LONG:
          found.push(errors.waitedTooLong(this.#terms.get(slot).queueTimeout));
          break;
        case GIVEN_UP:
          found.push(errors.givenUp());
          break;
        case THREAD_MISSING:
          said.next(); // its code is that of the error
          found.push(errors.threadMissing(said.next().value));
          break;
      }
    }
    return found.values();
  }

  /** Keeps the terms of a task until it is released. @returns {boolean} whether that can be. */
  #agree(slot, terms) {
    this.#terms.set(slot, terms);
    if (terms.signal === undefined) return true;
    try {
      this.#signals.watch(terms.signal, slot);
      return true;
    } catch (cause) {
      this.#reject(slot, errors.unreadable('options.signal', cause));
      return false;
    }
  }

  /** Its signal has aborted a task. One that runs settles when it has stopped. */
  #abort(slot) {
    const owner = this.#hold.find();
    if (!owner?.cancel(slot)) return;
    this.#reject(slot, errors.aborted(reasonOf(this.#terms.get(slot).signal)));
    this.#land(owner);
    owner.room.vacated();
  }

  #refuse(owner, slot, code) {
    if (code === 'ERR_POOL_QUEUE_FULL') owner.room.refused();
    this.#reject(slot, errors.refused(code));
  }

  /** Frees the slot and rejects its promise; `next` is called when that is done. */
  #reject(slot, error, next) {
    this.#release(slot)(new Rejection(error, next));
  }

  /** Frees the slot. @returns what settles the promise of its task. */
  #release(slot) {
    if (this.#invalid.size > 0) this.#invalid.delete(slot);
    if (this.#terms.size > 0) {
      const signal = this.#terms.get(slot)?.signal;
      if (signal !== undefined) this.#signals.leave(signal, slot);
      this.#terms.delete(slot);
    }
    return this.#slots.release(slot);
  }

  #land(owner) {
    if (!owner.inFlight.land()) return;
    owner.waits.stop();
    // Also what an interrupted `run` has left behind.
    this.#slots.reset();
    if (this.#invalid.size > 0) this.#invalid.clear();
    if (this.#terms.size > 0) {
      this.#terms.clear();
      this.#signals.leaveAll();
    }
  }
}

/** The error of a task that must not begin, if there is any. */
function stopped({ signal }) {
  try {
    return isAborted(signal) ? errors.aborted(reasonOf(signal)) : undefined;
  } catch (cause) {
    return errors.unreadable('options.signal', cause);
  }
}

/** Gives a task to the owner's native side. @returns {string | null} why it is not admitted. */
function give(owner, slot, input, terms) {
  if (terms !== undefined) {
    const refusal = owner.direct.postWith(slot, input, terms);
    if (refusal === null) owner.waits.within(terms.queueTimeout);
    return refusal;
  }
  // What is posted to a pool that is closed would be lost.
  return (owner.closing ? owner.direct : owner.wayIn).post(slot, input);
}

module.exports = { Tasks };
