'use strict';

// The tasks of a pool that have not settled: how each gets its promise and its slot, and what settles it.
//
// Code of the caller's may run in many places: getters of data, options and signals, hooks of async_hooks, subscribers of tracing
// channels. It may call the pool. So none runs between the moment when a task takes its slot and the moment when it is counted.
// When a task ends, its slot is free and the counts are right before any code of the caller's can run. See "Where the caller's
// code runs" in docs/architecture.md.

const errors = require('../api/errors');
const { taskOptionsOf } = require('../api/run-options');
const { OUTCOME } = require('../platform/native-protocol');
const { NativePromise, rejected } = require('../platform/promise');
const { AbortSignals, reasonOf } = require('./abort-signals');
const { Slots } = require('./slots');

/** @typedef {InstanceType<typeof import('./inputs').Numbers>} Numbers */
/** @typedef {InstanceType<typeof import('./pool-state').PoolState>} PoolState */
/** @typedef {InstanceType<typeof import('./inputs').Values>} Values */
/** @typedef {InstanceType<typeof import('./pending').WeakOwner>} WeakOwner */

const { COMPLETED, FAILED, TIMED_OUT, QUEUE_TIMED_OUT, GIVEN_UP } = OUTCOME;

/**
 * A promise that is resolved with this rejects. A promise comes with two functions that settle it; with a long queue, the memory
 * of these keeps the garbage collector busy, so only `resolve` is kept. Rejecting in this way takes a microtask. `next` is called
 * then, for what must settle later.
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

/** The options of a task without any. */
const DEFAULT_OPTIONS = { __proto__: null, priority: 0, timeout: Infinity, queueTimeout: Infinity };

/** @typedef {PoolState} PoolState */

class Tasks {
  #encode;
  #inputs;
  #slots = new Slots();
  /** The errors of tasks with bad data, by slot. */
  #invalid = new Map();
  /** The options of the tasks that have any, by slot. */
  #options = new Map();
  /** The signals of tasks, maps and streams. */
  signals = new AbortSignals(
    (options) => this.#abort(options),
    () => this.#abortedAll(),
  );
  #weakOwner;

  /**
   * @param {(data: unknown) => unknown} encode Converts the data of `run` to the input of the worker, or throws what the task
   *   rejects with.
   * @param {Numbers | Values} inputs Keeps the inputs.
   * @param {WeakOwner} weakOwner Refers to the pool's state.
   */
  constructor(encode, inputs, weakOwner) {
    this.#encode = encode;
    this.#inputs = inputs;
    this.#weakOwner = weakOwner;
  }

  /**
   * Submits a task.
   * @param {PoolState} state
   * @returns {Promise<any>} of its result.
   */
  run(state, data, given) {
    let options;
    let input;
    let invalid;
    if (given !== undefined) {
      try {
        options = taskOptionsOf(given);
      } catch (error) {
        return rejected(error); // it does not count as submitted
      }
    }
    try {
      input = this.#encode(data);
    } catch (error) {
      // A task with bad data is a task like any other, and rejects in its turn.
      invalid = { error };
      input = 0; // not read
    }
    if (options?.signal !== undefined) {
      const error = this.#watch(options);
      if (error !== undefined) return rejected(error); // nor does this
    }
    let resolve;
    const promise = new NativePromise((settle) => {
      resolve = settle;
    });
    if (resolve === undefined) {
      // The stack overflowed before the executor ran; the promise is already rejected.
      this.#unwatch(options);
      return promise;
    }
    const isPlain = options === undefined && invalid === undefined;
    const time = (isPlain ? state.submitter : state.callSubmitter).prepare();
    if (options?.watch?.isAborted) {
      // A hook of the caller's has aborted it meanwhile.
      this.#unwatch(options);
      return rejected(errors.aborted(reasonOf(options.signal)));
    }

    // From here on no code of the caller's runs until the task is counted.
    const slot = this.#slots.take(resolve);
    this.#inputs.put(slot, input);
    if (invalid !== undefined) this.#invalid.set(slot, invalid);
    if (options !== undefined) this.#keepOptions(slot, options);
    // Last, since the end of the stack or a time limit of node:vm may interrupt this: then the slot is left unused, and is not
    // given to another task.
    const refusal = isPlain
      ? submit(state, slot, input, time)
      : submitWith(state, slot, input, options ?? DEFAULT_OPTIONS, invalid !== undefined);
    if (refusal !== null) this.#refuse(state, slot, refusal);
    return promise;
  }

  /**
   * Closes the pool; `state.ended()` is called when its threads are gone. May be called again.
   * @param {PoolState} state
   */
  close(state) {
    if (!state.isClosing) {
      // No JavaScript function is called in between, see native/submission-ring.js.
      const { pending } = state;
      state.isClosing = true;
      if (pending.count++ === 0) {
        pending.weakOwner.owner = pending.owner;
        pending.keepAlive(true);
      }
    }
    state.backend.close();
    state.backpressure.close();
  }

  /**
   * A task has ended.
   * @param {PoolState} state
   * @param {number} slot
   * @param {number} outcome Of `OUTCOME`.
   * @param {unknown} [value] The result if it has completed, the error if it has failed.
   * @param {() => void} [next] Called when the task has rejected.
   */
  settle(state, slot, outcome, value, next) {
    switch (outcome) {
      case COMPLETED:
        this.#complete(state, slot, value);
        break;
      case FAILED:
        this.#fail(state, slot, value, next);
        break;
      case TIMED_OUT:
        this.#fail(state, slot, this.timedOut(slot), next);
        break;
      case QUEUE_TIMED_OUT:
        this.#fail(state, slot, errors.queueTimedOut(this.#options.get(slot).queueTimeout), next);
        break;
      case GIVEN_UP:
        this.#fail(state, slot, errors.givenUp(), next);
    }
  }

  #complete(state, slot, result) {
    const options = this.#options.size > 0 ? this.#options.get(slot) : undefined;
    const resolve = this.#release(slot);
    this.land(state);
    resolve(result);
    this.#unwatch(options);
  }

  #fail(state, slot, error, next) {
    const options = this.#options.get(slot);
    const resolve = this.#release(slot);
    this.land(state);
    resolve(new Rejection(error, next));
    this.#unwatch(options);
  }

  /** A task or a close is not pending any more. */
  land(state) {
    if (state.pending.decrement()) this.#reset(state);
  }

  /** Nothing is pending. */
  #reset(state) {
    state.limitTimer.cancel();
    // This also drops what an interrupted `run` has left behind.
    this.#inputs.reset(this.#slots.reset());
    if (this.#invalid.size > 0) this.#invalid.clear();
    if (this.#options.size > 0) {
      this.#options.clear();
      this.signals.leaveTasks();
    }
  }

  /** The error of a task with bad data, as `{ error }`. */
  invalid(slot) {
    return this.#invalid.get(slot);
  }

  /** The options of a task that has any. */
  optionsOf(slot) {
    return this.#options.get(slot);
  }

  /** The error of a task that has exceeded its `timeout`. */
  timedOut(slot) {
    return errors.timedOut(this.#options.get(slot).timeout);
  }

  /** Starts to listen to a task's signal. @returns the task's error if it must not start. */
  #watch(options) {
    try {
      options.watch = this.signals.watch(options.signal, options);
    } catch (cause) {
      return errors.unreadable('options.signal', cause);
    }
    return options.watch === undefined ? errors.aborted(reasonOf(options.signal)) : undefined;
  }

  /** Stops listening to a task's signal. Runs code of the caller's. */
  #unwatch(options) {
    if (options?.watch !== undefined) this.signals.leave(options.watch, options);
  }

  #keepOptions(slot, options) {
    options.slot = slot;
    this.#options.set(slot, options);
  }

  /**
   * The signal of a task has aborted. The end of the stack or a time limit of node:vm may interrupt any call of this. Then it is
   * called again in the next turn of the event loop and resumes, so every step that must not run twice is recorded without a call
   * in between.
   */
  #abort(options) {
    const { slot } = options; // undefined until `run` has taken the slot; then `run` notices the abort itself
    const state = this.#weakOwner.find();
    if (this.#options.get(slot) !== options || state === undefined) return;
    const error = errors.aborted(reasonOf(options.signal)); // may run code of the caller's
    const rejection = new Rejection(error);
    if (this.#options.get(slot) !== options) return;
    const { pending } = state;
    const { cancel } = state.functions;
    if (!options.isCancelled) options.isCancelled = cancel(slot, error.cause);
    if (!options.isCancelled) return;
    this.#slots.resolveOf(slot)(rejection);
    if (!options.isLanded) {
      options.isLanded = true;
      if (--pending.count === 0) pending.weakOwner.owner = undefined;
    }
    if (pending.count === 0) pending.keepAlive(false);
    this.#release(slot); // if this is interrupted, the slot is free again when all are
    if (pending.count === 0) this.#reset(state);
    state.backpressure.roomFreed();
    this.#unwatch(options);
  }

  /** All tasks of a signal have been aborted, unless the calls of `#abort` were interrupted. */
  #abortedAll() {
    const state = this.#weakOwner.find();
    state?.functions.stopCancelled?.();
    state?.backpressure.roomFreed();
  }

  #refuse(state, slot, code) {
    const options = this.#options.get(slot);
    const resolve = this.#release(slot);
    if (code === 'ERR_POOL_QUEUE_FULL') state.backpressure.refused();
    resolve(new Rejection(errors.refused(code)));
    this.#unwatch(options);
  }

  /** Frees a slot. @returns what resolves the promise of its task. */
  #release(slot) {
    if (this.#invalid.size > 0) this.#invalid.delete(slot);
    if (this.#options.size > 0) this.#options.delete(slot);
    this.#inputs.drop(slot);
    return this.#slots.release(slot);
  }
}

/** @returns {string | null} why a task is refused, as the code of an error. */
function submit(state, slot, input, time) {
  // Whatever is written to the ring of a closed pool would be lost.
  return (state.isClosing ? state.callSubmitter : state.submitter).submit(slot, input, time);
}

/** The same for a task with options, or with data that no worker takes. */
function submitWith(state, slot, input, options, isInvalid) {
  state.limitTimer.schedule(options.queueTimeout); // first: nothing may fail once the task is admitted
  return state.callSubmitter.submitWith(slot, input, options, isInvalid);
}

module.exports = { Tasks };
