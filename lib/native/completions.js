'use strict';

// Reads the records that the addon writes for tasks that have ended, and for events, and settles the tasks.

const errors = require('../api/errors');
const { later, raise, soon } = require('../platform/event-loop');
const { OUTCOME, RECORD } = require('../platform/native-protocol');

/** @typedef {InstanceType<typeof import('../tasks/inputs').Numbers>} Numbers */
/** @typedef {InstanceType<typeof import('../tasks/tasks').Tasks>} Tasks */
/** @typedef {InstanceType<typeof import('../tasks/pending').WeakOwner>} WeakOwner */

const { COMPLETED, FAILED } = OUTCOME;
const { LENGTH, CLOSED, WORKER_CRASHED, THREAD_MISSING, ROOM_FREED } = RECORD;

/** How many tasks are settled at most before timers and I/O get their turn. */
const SHARE = 256;

/** Filled and emptied within one call, so all pools can use the same array. */
const records = new Float64Array(LENGTH * SHARE);

class Completions {
  #tasks;
  #inputs;
  #decode;
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
   * Settles tasks that have ended, a share of them in each turn of the event loop until none is left. The addon calls this when it
   * rings the doorbell. After each ring it must be asked for records, at once or with the next share, even if an earlier call has
   * collected all: it does not ring again before.
   */
  collect = () => {
    // Several rings may come in one turn. Each of them would settle a share.
    if (this.#isCollectingAgain) return;
    const state = this.#weakOwner.find();
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

  /** Settles what the records of a batch report, in their order. */
  #settle(batch) {
    while (batch.at < batch.end) {
      const at = batch.at;
      batch.at += LENGTH;
      try {
        if (this.#settleRecord(batch, at)) return; // resumed when the task has rejected
      } catch (error) {
        // The other tasks settle all the same.
        soon(() => raise(error));
      }
    }
  }

  /** @returns {boolean} whether the rest of the batch is settled only when the task of this record has rejected. */
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

  /** The error of a record; `undefined` if the outcome says it all. */
  #nextError(batch, at) {
    batch.errors ??= this.#errorsIn(batch, at);
    return batch.errors.shift();
  }

  /** The errors of the records of a batch, in their order. Also announces crashes. */
  #errorsIn(batch, start) {
    const { state, end } = batch;
    // The array may be used again before the rest of the batch is settled.
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
      const code = failures.shift();
      const message = failures.shift();
      const invalid = kind === FAILED ? this.#tasks.invalid(batch.records[at]) : undefined;
      if (kind === THREAD_MISSING) found.push(errors.threadMissing(message));
      else found.push(invalid === undefined ? errors.fromNative(code, message) : invalid.error);
      if (kind === FAILED && code === 'ERR_POOL_CRASH') state.crashed(found.at(-1));
    }
    return found;
  }
}

module.exports = { Completions };
