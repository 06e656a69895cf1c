'use strict';

// The tasks of a pool that have not settled: how each gets its promise and its slot, and what settles it.
//
// Code of the caller's may run in many places: getters of data, options and signals, hooks of async_hooks, subscribers
// of tracing channels. It may call the pool. So none runs between the moment when a task takes its slot and the moment
// when it is counted, and when a task ends its slot is free and the counts are true before anything of the caller's
// can run. See "Where the caller's code runs" in docs/architecture.md.

const { AbortSignals, reasonOf } = require('./abort-signals');
const errors = require('../api/errors');
const { NativePromise, rejected } = require('../platform/promise');
const { Slots } = require('./slots');
const { termsOf } = require('../api/run-options');

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

/** What a task asks for that has no options. */
const NO_TERMS = { __proto__: null, priority: 0, timeout: Infinity, queueTimeout: Infinity };

class Tasks {
  #encode;
  #inputs;
  #slots = new Slots();
  /** What bad data is to reject with, by slot. */
  #invalid = new Map();
  /** The terms of the tasks that have any, by slot. */
  #terms = new Map();
  /** The signals of tasks, and of whatever else the pool does. */
  signals = new AbortSignals(
    (terms) => this.#abort(terms),
    () => this.#abortedAll(),
  );
  /** Leads to the owner. */
  #hold;

  /**
   * @param {(data: unknown) => unknown} encode Makes what a worker is given of what `run` is given, or throws
   *   what the task is to reject with.
   * @param {{ put(slot: number, input: unknown): void }} inputs Where that is kept, see inputs.js.
   * @param {import('./pending').Hold} hold
   */
  constructor(encode, inputs, hold) {
    this.#encode = encode;
    this.#inputs = inputs;
    this.#hold = hold;
  }

  /** Submits `data` to the owner's pool as a task. @returns {Promise} of its result. */
  run(owner, data, options) {
    let terms;
    let input;
    let invalid;
    if (options !== undefined) {
      try {
        terms = termsOf(options);
      } catch (error) {
        return rejected(error); // it never was a task
      }
    }
    try {
      input = this.#encode(data);
    } catch (error) {
      // Bad data is a task like any other: it rejects in its turn.
      invalid = { error };
      input = 0; // nobody reads it
    }
    if (terms?.signal !== undefined) {
      const error = this.#watch(terms);
      if (error !== undefined) return rejected(error); // nor was this
    }
    let resolve;
    const promise = new NativePromise((settle) => {
      resolve = settle;
    });
    if (resolve === undefined) {
      // The stack overflowed before the executor ran; the promise is already rejected.
      this.#unwatch(terms);
      return promise;
    }
    const isPlain = terms === undefined && invalid === undefined;
    const time = (isPlain ? owner.wayIn : owner.direct).prepare();
    if (terms?.watch?.isAborted) {
      // Since it was asked, by one of those hooks.
      this.#unwatch(terms);
      return rejected(errors.aborted(reasonOf(terms.signal)));
    }

    // From here on no code of the caller's runs until the task is counted.
    const slot = this.#slots.take(resolve);
    this.#inputs.put(slot, input);
    if (invalid !== undefined) this.#invalid.set(slot, invalid);
    if (terms !== undefined) this.#agree(slot, terms);
    // Last, when its slot is taken: whatever interrupts this function (a time limit of node:vm, an
    // exhausted stack), the slot is not given to another task.
    const refusal = isPlain
      ? submit(owner, slot, input, time)
      : submitWith(owner, slot, input, terms ?? NO_TERMS, invalid !== undefined);
    if (refusal !== null) this.#refuse(owner, slot, refusal);
    return promise;
  }

  /** Closes the owner's pool; `owner.ended()` is called when its threads are gone. May be called again. */
  close(owner) {
    if (!owner.closing) {
      // No function of JavaScript is called in between, see inbox.js.
      const { inFlight } = owner;
      owner.closing = true;
      if (inFlight.count++ === 0) {
        inFlight.hold.owner = inFlight.owner;
        inFlight.keepAlive(true);
      }
    }
    owner.native.close();
    owner.room.close();
  }

  /** A task has ended with this result. */
  complete(owner, slot, result) {
    const terms = this.#terms.size > 0 ? this.#terms.get(slot) : undefined;
    const settle = this.#release(slot);
    this.land(owner);
    settle(result);
    this.#unwatch(terms);
  }

  /** A task has ended with this error. `next`, if given, is called when it has rejected. */
  fail(owner, slot, error, next) {
    const terms = this.#terms.get(slot);
    const settle = this.#release(slot);
    this.land(owner);
    settle(new Rejection(error, next));
    this.#unwatch(terms);
  }

  /** Something that was in flight has come back. */
  land(owner) {
    if (owner.inFlight.land()) this.#reset(owner);
  }

  /** Nothing is in flight. */
  #reset(owner) {
    owner.waits.stop();
    // Also what an interrupted `run` has left behind.
    this.#inputs.reset(this.#slots.reset());
    if (this.#invalid.size > 0) this.#invalid.clear();
    if (this.#terms.size > 0) {
      this.#terms.clear();
      this.signals.leaveTasks();
    }
  }

  /** What the data of a task is to reject with, if it is bad: `{ error }`. */
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

  /** Listens to the signal of a task. @returns the error of a task that must not begin, if there is any. */
  #watch(terms) {
    try {
      terms.watch = this.signals.watch(terms.signal, terms);
    } catch (cause) {
      return errors.unreadable('options.signal', cause);
    }
    return terms.watch === undefined ? errors.aborted(reasonOf(terms.signal)) : undefined;
  }

  /** Its signal does not abort a task any more, which has settled. Runs code of the caller's. */
  #unwatch(terms) {
    if (terms?.watch !== undefined) this.signals.leave(terms.watch, terms);
  }

  /** Keeps the terms of a task until it is released. */
  #agree(slot, terms) {
    terms.slot = slot;
    this.#terms.set(slot, terms);
  }

  /**
   * Its signal has aborted a task. The end of the stack or a time limit of node:vm may interrupt this at any call, also
   * of what settles a promise; then it is called again in the next turn of the event loop, and goes on from there. What
   * must not be done twice is noted without a call in between.
   */
  #abort(terms) {
    const { slot } = terms; // undefined while its `run` has not come to that, and sees for itself
    const owner = this.#hold.find();
    if (this.#terms.get(slot) !== terms || owner === undefined) return;
    const error = this.aborted(slot); // it may run code of the caller's
    const rejection = new Rejection(error);
    if (this.#terms.get(slot) !== terms) return;
    const { inFlight, cancel } = owner;
    if (!terms.isCancelled) terms.isCancelled = cancel(slot, error.cause);
    if (!terms.isCancelled) return;
    this.#slots.resolveOf(slot)(rejection);
    if (!terms.isLanded) {
      terms.isLanded = true;
      if (--inFlight.count === 0) inFlight.hold.owner = undefined;
    }
    if (inFlight.count === 0) inFlight.keepAlive(false);
    this.#release(slot); // a slot that is left behind is free when all are
    if (inFlight.count === 0) this.#reset(owner);
    owner.room.vacated();
    this.#unwatch(terms);
  }

  /** All tasks that a signal aborts have been, unless the calls of `#abort` were interrupted. */
  #abortedAll() {
    const owner = this.#hold.find();
    owner?.stopCancelled?.();
    owner?.room.vacated();
  }

  #refuse(owner, slot, code) {
    const terms = this.#terms.get(slot);
    const settle = this.#release(slot);
    if (code === 'ERR_POOL_QUEUE_FULL') owner.room.refused();
    settle(new Rejection(errors.refused(code)));
    this.#unwatch(terms);
  }

  /** Frees the slot. @returns what settles the promise of its task. */
  #release(slot) {
    if (this.#invalid.size > 0) this.#invalid.delete(slot);
    if (this.#terms.size > 0) this.#terms.delete(slot);
    this.#inputs.drop(slot);
    return this.#slots.release(slot);
  }
}

/** Submits a task to the owner's native side. @returns {string | null} why it is not admitted. */
function submit(owner, slot, input, time) {
  // What is posted to a pool that is closed would be lost.
  return (owner.closing ? owner.direct : owner.wayIn).post(slot, input, time);
}

/** The same with terms, or with data that no worker takes. */
function submitWith(owner, slot, input, terms, isInvalid) {
  owner.waits.within(terms.queueTimeout); // first: when the task is admitted nothing may go wrong
  return owner.direct.postWith(slot, input, terms, isInvalid);
}

module.exports = { Tasks };
