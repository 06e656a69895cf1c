'use strict';

// The tasks of a pool that have not settled: how each gets its promise and its slot, and what settles it.
//
// The caller's code may run in many places: getters of data, options and signals, hooks of async_hooks, subscribers of
// tracing channels. It may call the pool. So none of it runs between the moment when a task takes its slot and the
// moment when it is counted. When a task ends, its slot is free and the counts are right before the caller's code can
// run. See "Where the caller's code runs" in docs/architecture.md.

const errors = require('../api/errors');
const { areDefaultRunOptions } = require('../api/options');
const { readTaskOptions } = require('../api/run-options');
const { OUTCOME } = require('../platform/native-protocol');
const { NativePromise, rejected } = require('../platform/promise');
const { AbortSignals, reasonOf } = require('./abort-signals');
const { Rejection } = require('./rejection');
const { Slots } = require('./slots');
const { TaskOptionsBySlot } = require('./task-options');

/** @typedef {import('./abort-signals').Signal} Signal */
/** @typedef {import('./inputs').Inputs} Inputs */
/** @typedef {import('./slots').Resolve} Resolve */
/** @typedef {InstanceType<typeof import('./pending').WeakOwner>} WeakOwner */
/** @typedef {InstanceType<typeof import('./pool-state').PoolState>} PoolState */
/** @typedef {import('./task-options').TaskOptions} TaskOptions */
/** @typedef {import('./task-options').SubmittedOptions} SubmittedOptions */
/** @typedef {{ error: unknown }} Failure */

/**
 * Selects how the data of a task become the input of the worker.
 * @typedef {object} Encoders
 * @property {(data: unknown) => unknown} [encode] The encoder of the default task, if there is one.
 * @property {(name: string | undefined) => (data: unknown) => unknown} encoderOf Returns the encoder of the task with that
 *   name, or of the default task. The encoder throws what a task with bad data rejects with. `encoderOf` throws
 *   `ERR_POOL_TASK_NOT_FOUND` if there is no such task.
 * @property {{ prepare: UseTransfer, finish: UseTransfer }} [transfer] Handles transfer lists before and after the
 *   submission, if the worker does not. `prepare` throws what the task rejects with.
 */

/** @typedef {(list: readonly unknown[]) => void} UseTransfer */

const { COMPLETED, FAILED, TIMED_OUT, QUEUE_TIMED_OUT, GIVEN_UP } = OUTCOME;

/** The options of a task without any. */
const DEFAULT_OPTIONS = { __proto__: null, priority: 0, timeout: Infinity, queueTimeout: Infinity };

class Tasks {
  #encoders;
  #encode;
  #inputs;
  #slots = new Slots();
  /**
   * The errors of tasks with bad data, by slot.
   * @type {Map<number, Failure>}
   */
  #invalid = new Map();
  #options = new TaskOptionsBySlot();
  /**
   * The signals of tasks, maps and streams.
   * @type {InstanceType<typeof AbortSignals>}
   */
  signals = new AbortSignals(
    (options) => this.#abort(options),
    () => this.#abortedAll(),
  );
  #weakOwner;

  /**
   * @param {Encoders} encoders
   * @param {Inputs} inputs Stores the inputs.
   * @param {WeakOwner} weakOwner Refers to the pool's state.
   */
  constructor(encoders, inputs, weakOwner) {
    this.#encoders = encoders;
    this.#encode = encoders.encode;
    this.#inputs = inputs;
    this.#weakOwner = weakOwner;
  }

  /**
   * Submits a task.
   * @param {PoolState} state
   * @param {unknown} data
   * @param {unknown} [given] The options of the caller.
   * @param {string} [name] The name of the task, if it is not one of the options.
   * @returns {Promise<unknown>} resolves with the result of the task.
   */
  run(state, data, given, name) {
    /** @type {TaskOptions | undefined} */
    let options;
    /** @type {unknown} */
    let input;
    /** @type {Failure | undefined} */
    let invalid;
    /** @type {(data: unknown) => unknown} */
    let encode;
    try {
      let taskName = name;
      if (given !== undefined) {
        const read = readTaskOptions(given);
        taskName ??= read.name;
        if (!areDefaultRunOptions(read)) options = read;
      }
      const encodeDefault = taskName === undefined ? this.#encode : undefined; // most tasks have no name
      encode = encodeDefault ?? this.#encoders.encoderOf(taskName);
    } catch (error) {
      return rejected(error); // the task does not count as submitted
    }
    if (options?.signal !== undefined) {
      const error = this.#watch(options);
      if (error !== undefined) return rejected(error); // nor does this one
    }
    let resolve = /** @type {Resolve | undefined} */ (undefined);
    /** @type {Promise<unknown>} */
    const promise = new NativePromise((settle) => {
      resolve = settle;
    });
    if (resolve === undefined) {
      // The stack overflowed before the executor ran. The promise is already rejected.
      this.#unwatch(options);
      return promise;
    }
    // After all other code of the caller's, which may detach or resize the buffers of the data. The encoders read all
    // fields before they look at the bytes of any.
    try {
      if (options?.transfer !== undefined) this.#encoders.transfer?.prepare(options.transfer);
      input = encode(data);
    } catch (error) {
      // A task with bad data is a task like any other, and rejects in its turn.
      invalid = { error };
      input = 0; // not read
    }
    const isPlain = options === undefined && invalid === undefined;
    const time = (isPlain ? state.submitter : state.callSubmitter).prepare();
    if (options?.watch?.isAborted) {
      // A hook or a getter of the caller's has aborted the signal.
      this.#unwatch(options);
      return rejected(errors.aborted(reasonOf(options.watch.signal)));
    }

    // From here on none of the caller's code runs until the task is counted.
    const slot = this.#slots.acquire(resolve);
    this.#inputs.put(slot, input);
    if (invalid !== undefined) this.#invalid.set(slot, invalid);
    if (options !== undefined) this.#options.put(slot, options);
    // Last, since the end of the stack or a time limit of node:vm may interrupt this. Then the slot stays unused, and
    // no other task gets it.
    const refusal = isPlain
      ? submit(state, slot, input, time)
      : submitWith(state, slot, input, options ?? DEFAULT_OPTIONS, invalid !== undefined);
    if (refusal !== null) this.#refuse(state, slot, refusal);
    else if (options?.transfer !== undefined && invalid === undefined)
      this.#encoders.transfer?.finish(options.transfer);
    return promise;
  }

  /**
   * Closes the pool. `state.ended()` is called when its threads are gone. May be called again.
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
   * Settles a task that has ended.
   * @param {PoolState} state
   * @param {number} slot
   * @param {number} outcome One of `OUTCOME`.
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
        this.#fail(state, slot, errors.queueTimedOut(this.#knownOptions(slot).queueTimeout), next);
        break;
      case GIVEN_UP:
        this.#fail(state, slot, errors.givenUp(), next);
    }
  }

  /**
   * @param {PoolState} state
   * @param {number} slot
   * @param {unknown} result
   */
  #complete(state, slot, result) {
    const options = this.#options.isEmpty ? undefined : this.#options.get(slot);
    const resolve = this.#release(slot);
    this.uncount(state);
    resolve(result);
    this.#unwatch(options);
  }

  /**
   * @param {PoolState} state
   * @param {number} slot
   * @param {unknown} error
   * @param {() => void} [next]
   */
  #fail(state, slot, error, next) {
    const options = this.#options.get(slot);
    const resolve = this.#release(slot);
    this.uncount(state);
    resolve(new Rejection(error, next));
    this.#unwatch(options);
  }

  /**
   * Decrements the pending count for a task or a close that has ended.
   * @param {PoolState} state
   */
  uncount(state) {
    if (state.pending.decrement()) this.#reset(state);
  }

  /**
   * Drops what is kept for tasks. Called when nothing is pending.
   * @param {PoolState} state
   */
  #reset(state) {
    state.limitTimer.cancel();
    // This also drops what an interrupted `run` has left behind.
    this.#inputs.reset(this.#slots.reset());
    if (this.#invalid.size > 0) this.#invalid.clear();
    if (!this.#options.isEmpty) {
      this.#options.clear();
      this.signals.leaveTasks();
    }
  }

  /**
   * @param {number} slot
   * @returns {Failure | undefined} the error of a task with bad data.
   */
  invalid(slot) {
    return this.#invalid.get(slot);
  }

  /**
   * @param {number} slot
   * @returns {TaskOptions | undefined} the options of a task; `undefined` if it has none.
   */
  optionsOf(slot) {
    return this.#options.get(slot);
  }

  /**
   * @param {number} slot Of a task with options.
   * @returns {TaskOptions}
   */
  #knownOptions(slot) {
    return /** @type {TaskOptions} */ (this.#options.get(slot));
  }

  /**
   * @param {number} slot
   * @returns {Error} the error of a task that has exceeded its `timeout`.
   */
  timedOut(slot) {
    return errors.timedOut(this.#knownOptions(slot).timeout);
  }

  /**
   * Starts listening to a task's signal.
   * @param {TaskOptions} options
   * @returns {Error | undefined} the task's error if it must not start.
   */
  #watch(options) {
    const signal = /** @type {Signal} */ (options.signal);
    try {
      options.watch = this.signals.watch(signal, options);
    } catch (cause) {
      return errors.unreadable('options.signal', cause);
    }
    return options.watch === undefined ? errors.aborted(reasonOf(signal)) : undefined;
  }

  /**
   * Stops listening to a task's signal. Runs the caller's code.
   * @param {TaskOptions | undefined} options
   */
  #unwatch(options) {
    if (options?.watch !== undefined) this.signals.leave(options.watch, options);
  }

  /**
   * Passes on the progress of a native task.
   * @param {number} listener
   * @param {unknown} progress
   */
  progressed(listener, progress) {
    this.#options.byListener(listener)?.onProgress?.(progress);
  }

  /**
   * Aborts a task. The end of the stack or a time limit of node:vm may interrupt any call within. Then this is called
   * again in the next turn of the event loop and resumes, so every step that must not run twice is recorded without a
   * call in between.
   * @param {TaskOptions} options
   */
  #abort(options) {
    // The slot is undefined until `run` acquires it. Until then, `run` itself notices the abort.
    const slot = /** @type {number} */ (options.slot);
    const state = this.#weakOwner.find();
    if (this.#options.get(slot) !== options || state === undefined) return;
    const error = errors.aborted(reasonOf(/** @type {Signal} */ (options.signal))); // may run the caller's code
    const rejection = new Rejection(error);
    if (this.#options.get(slot) !== options) return;
    const { pending } = state;
    const { cancel } = state.functions;
    if (!options.isCancelled) options.isCancelled = cancel(slot, error.cause);
    if (!options.isCancelled) return;
    this.#slots.resolveOf(slot)(rejection);
    if (!options.isUncounted) {
      options.isUncounted = true;
      if (--pending.count === 0) pending.weakOwner.owner = undefined;
    }
    if (pending.count === 0) pending.keepAlive(false);
    this.#release(slot); // if this is interrupted, the slot is freed when all slots are
    if (pending.count === 0) this.#reset(state);
    state.backpressure.roomFreed();
    this.#unwatch(options);
  }

  /** Called when all tasks of a signal have been aborted, unless the calls of `#abort` were interrupted. */
  #abortedAll() {
    const state = this.#weakOwner.find();
    state?.functions.stopCancelled?.();
    state?.backpressure.roomFreed();
  }

  /**
   * @param {PoolState} state
   * @param {number} slot
   * @param {string} code Why the task is refused.
   */
  #refuse(state, slot, code) {
    const options = this.#options.get(slot);
    const resolve = this.#release(slot);
    if (code === 'ERR_POOL_QUEUE_FULL') state.backpressure.refused();
    resolve(new Rejection(errors.refused(code)));
    this.#unwatch(options);
  }

  /**
   * Frees a slot.
   * @param {number} slot
   * @returns {Resolve} resolves the promise of its task.
   */
  #release(slot) {
    if (this.#invalid.size > 0) this.#invalid.delete(slot);
    if (!this.#options.isEmpty) this.#options.drop(slot);
    this.#inputs.drop(slot);
    return this.#slots.release(slot);
  }
}

/**
 * @param {PoolState} state
 * @param {number} slot
 * @param {unknown} input
 * @param {number | void} time
 * @returns {string | null} why the task is refused, as the code of an error.
 */
function submit(state, slot, input, time) {
  // A task in the ring of a closed pool would be lost.
  return (state.isClosing ? state.callSubmitter : state.submitter).submit(slot, input, time);
}

/**
 * Submits a task with options, or with data that no worker accepts.
 * @param {PoolState} state
 * @param {number} slot
 * @param {unknown} input
 * @param {SubmittedOptions} options
 * @param {boolean} isInvalid Whether no worker accepts the data.
 * @returns {string | null}
 */
function submitWith(state, slot, input, options, isInvalid) {
  state.limitTimer.schedule(options.queueTimeout); // first: nothing may fail once the task is admitted
  return state.callSubmitter.submitWith(slot, input, options, isInvalid);
}

module.exports = { Tasks };
