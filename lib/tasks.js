'use strict';

// The tasks of a pool that have not settled: how each gets its promise and its slot, and what settles it.

const { AbortSignals, isAborted, reasonOf } = require('./abort-signals');
const errors = require('./errors');
const { Slots } = require('./slots');
const { termsOf } = require('./terms');

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
  #encode;
  #inputs;
  #slots = new Slots();
  /** What bad data is to reject with, by slot. */
  #invalid = new Map();
  /** The terms of the tasks that have any, by slot. */
  #terms = new Map();
  #signals = new AbortSignals((slot) => this.#abort(slot));
  /** Leads to the owner. */
  #hold;

  /**
   * @param {(data: unknown) => unknown} encode Makes what a worker is given of what `run` is given, or throws
   *   what the task is to reject with.
   * @param {{ put(slot: number, input: unknown): void }} inputs Where that is kept, see inputs.js.
   * @param {import('./in-flight').Hold} hold
   */
  constructor(encode, inputs, hold) {
    this.#encode = encode;
    this.#inputs = inputs;
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
      input = this.#encode(data);
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
    const slot = this.#slots.take(resolve);
    this.#inputs.put(slot, input);
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

  /** A task has ended with this result. */
  complete(owner, slot, result) {
    this.#release(slot)(result);
    this.land(owner);
  }

  /** A task has ended with this error. `next`, if given, is called when it has rejected. */
  fail(owner, slot, error, next) {
    this.#reject(slot, error, next);
    this.land(owner);
  }

  /** Something that was in flight has come back. */
  land(owner) {
    if (!owner.inFlight.land()) return;
    owner.waits.stop();
    // Also what an interrupted `run` has left behind.
    this.#inputs.reset(this.#slots.reset());
    if (this.#invalid.size > 0) this.#invalid.clear();
    if (this.#terms.size > 0) {
      this.#terms.clear();
      this.#signals.leaveAll();
    }
  }

  /** What the data of a task is to reject with, if it is bad. */
  invalid(slot) {
    return this.#invalid.get(slot);
  }

  /** The terms of a task that has any. */
  terms(slot) {
    return this.#terms.get(slot);
  }

  /** The errors of a task that was stopped, by what stopped it. */
  aborted(slot) {
    return errors.aborted(reasonOf(this.#terms.get(slot).signal));
  }

  timedOut(slot) {
    return errors.timedOut(this.#terms.get(slot).timeout);
  }

  waitedTooLong(slot) {
    return errors.waitedTooLong(this.#terms.get(slot).queueTimeout);
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
    this.fail(owner, slot, this.aborted(slot));
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
    this.#inputs.drop(slot);
    return this.#slots.release(slot);
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
    owner.waits.within(terms.queueTimeout); // first: when the task is admitted nothing may go wrong
    return owner.direct.postWith(slot, input, terms);
  }
  // What is posted to a pool that is closed would be lost.
  return (owner.closing ? owner.direct : owner.wayIn).post(slot, input);
}

module.exports = { Tasks };
