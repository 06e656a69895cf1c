'use strict';

// Reads the records that the addon writes for ended tasks and for events, and settles the tasks.

const errors = require('../api/errors');
const { later, raise, soon } = require('../platform/event-loop');
const { OUTCOME, RECORD } = require('../platform/native-protocol');

/** @typedef {import('../tasks/pool-state').NativeBackend} NativeBackend */
/** @typedef {import('../tasks/pool-state').NativeFunctions} NativeFunctions */
/** @typedef {InstanceType<typeof import('../tasks/inputs').Numbers>} Numbers */
/** @typedef {InstanceType<typeof import('../tasks/pending').WeakOwner>} WeakOwner */
/** @typedef {InstanceType<typeof import('../tasks/pool-state').PoolState>} PoolState */
/** @typedef {InstanceType<typeof import('../tasks/tasks').Tasks>} Tasks */

/** @typedef {PoolState & { backend: NativeBackend, functions: NativeFunctions }} NativeState */

/**
 * Records that were collected at once.
 * @typedef {object} Batch
 * @property {NativeState} state
 * @property {Float64Array} records
 * @property {number} at Where the next record is.
 * @property {number} end Where the records end.
 * @property {unknown[] | undefined} errors The errors of the records, once they have been made.
 */

const { COMPLETED, FAILED } = OUTCOME;
const { LENGTH, CLOSED, WORKER_CRASHED, THREAD_MISSING, ROOM_FREED } = RECORD;

/** The maximum number of tasks that are settled before the event loop serves timers and I/O. */
const MAX_SETTLED_PER_TURN = 256;

/** All pools share this array, since it is filled and emptied within one call. */
const records = new Float64Array(LENGTH * MAX_SETTLED_PER_TURN);

class Completions {
  /** @type {Tasks} */
  #tasks;
  /** @type {Numbers} */
  #inputs;
  #decode;
  /** @type {WeakOwner} */
  #weakOwner;
  #isCollectingAgain = false;

  /**
   * @param {Tasks} tasks
   * @param {Numbers} inputs The inputs of the tasks.
   * @param {(input: number, output: number) => unknown} decode Makes the result of a task.
   * @param {WeakOwner} weakOwner Refers to the pool's state.
   */
  constructor(tasks, inputs, decode, weakOwner) {
    this.#tasks = tasks;
    this.#inputs = inputs;
    this.#decode = decode;
    this.#weakOwner = weakOwner;
  }

  /**
   * Settles tasks that have ended, a share of them in each turn of the event loop until none is left. The addon calls
   * this as its doorbell. Each ring must be followed by a collection, even if an earlier one has collected all records:
   * the addon does not ring again before.
   */
  collect = () => {
    // Several rings may come in one turn. Each of them would settle a share.
    if (this.#isCollectingAgain) return;
    const state = /** @type {NativeState | undefined} */ (this.#weakOwner.find());
    if (state === undefined) return; // the pool was collected
    const count = state.functions.collect(records);
    if (count === 0) return;
    this.#isCollectingAgain = true;
    later(this.#collectAgain);
    this.#settle({ state, records, at: 0, end: count * LENGTH, errors: undefined });
    state.backpressure.roomFreed();
    state.emitAnnounced();
  };

  #collectAgain = () => {
    this.#isCollectingAgain = false;
    this.collect();
  };

  /**
   * Settles the tasks of a batch, in the order of its records.
   * @param {Batch} batch
   */
  #settle(batch) {
    while (batch.at < batch.end) {
      const at = batch.at;
      batch.at += LENGTH;
      try {
        if (this.#settleRecord(batch, at)) return; // resumed when the task has rejected
      } catch (error) {
        // The other tasks must still settle.
        soon(() => raise(error));
      }
    }
  }

  /**
   * @param {Batch} batch
   * @param {number} at
   * @returns {boolean} whether the rest of the batch must wait until the task of this record has rejected.
   */
  #settleRecord(batch, at) {
    const { state, records } = batch;
    const slot = records[at];
    const kind = records[at + 1];
    switch (kind) {
      case COMPLETED:
        this.#tasks.settle(state, slot, COMPLETED, this.#decode(this.#inputs.get(slot), records[at + 2]));
        return false;
      case CLOSED:
        state.backend.join();
        state.ended();
        return false;
      case ROOM_FREED:
        return false; // `collect` calls `roomFreed` in any case
      case WORKER_CRASHED:
      case THREAD_MISSING:
        state.crashed(this.#nextError(batch, at));
        return false;
      default: {
        const error = this.#nextError(batch, at);
        this.#tasks.settle(state, slot, kind, error, () => this.#settle(batch));
        return true;
      }
    }
  }

  /**
   * @param {Batch} batch
   * @param {number} at
   * @returns {unknown} the error of a record; `undefined` if its outcome implies the error.
   */
  #nextError(batch, at) {
    batch.errors ??= this.#errorsIn(batch, at);
    return batch.errors.shift();
  }

  /**
   * Makes the errors of the records of a batch, in their order, and announces crashes.
   * @param {Batch} batch
   * @param {number} start
   */
  #errorsIn(batch, start) {
    const { state, end } = batch;
    // The array may be overwritten before the rest of the batch is settled.
    batch.records = batch.records.slice(0, end);
    const failures = state.backend.takeFailures(); // a code and a message for each, see src/completion.rs
    const found = [];
    for (let at = start; at < end; at += LENGTH) {
      const kind = batch.records[at + 1];
      if (kind === COMPLETED || kind === CLOSED || kind === ROOM_FREED) continue;
      if (kind !== FAILED && kind !== WORKER_CRASHED && kind !== THREAD_MISSING) {
        found.push(undefined);
        continue;
      }
      const code = /** @type {string} */ (failures.shift());
      const message = /** @type {string} */ (failures.shift());
      const invalid = kind === FAILED ? this.#tasks.invalid(batch.records[at]) : undefined;
      if (kind === THREAD_MISSING) found.push(errors.threadMissing(message));
      else found.push(invalid === undefined ? errors.fromNative(code, message) : invalid.error);
      if (kind === FAILED && code === 'ERR_POOL_CRASH') state.crashed(found.at(-1));
    }
    return found;
  }
}

module.exports = { Completions };
