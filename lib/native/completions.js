'use strict';

// Reads the records that the addon writes for ended tasks and for events, and settles the tasks.

const { Buffer } = require('node:buffer');
const errors = require('../api/errors');
const { later, raise, soon } = require('../platform/event-loop');
const { OUTCOME, RECORD } = require('../platform/native-protocol');

/** @typedef {import('../tasks/pool-state').NativeFunctions} NativeFunctions */
/** @typedef {import('../tasks/inputs').Inputs} Inputs */
/** @typedef {InstanceType<typeof import('../tasks/pending').WeakOwner>} WeakOwner */
/** @typedef {InstanceType<typeof import('../tasks/pool-state').PoolState>} PoolState */
/** @typedef {InstanceType<typeof import('../tasks/tasks').Tasks>} Tasks */

/** @typedef {import('../api/errors').NativeFailure} NativeFailure */

/** @typedef {PoolState & { functions: NativeFunctions }} NativeState */

/**
 * Records that were collected at once.
 * @typedef {object} Batch
 * @property {NativeState} state
 * @property {Float64Array} records
 * @property {number} at Where the next record is.
 * @property {number} end Where the records end.
 * @property {unknown[]} values What belongs to the records, in their order.
 * @property {number} nextValue
 * @property {Arena} arena
 * @property {boolean} isKept Whether `records` and `arena` are of this batch alone.
 */

const { COMPLETED, FAILED } = OUTCOME;
const { LENGTH, CLOSED, WORKER_CRASHED, THREAD_MISSING, ROOM_FREED, ANSWERED, BYTES, TEXT, PROGRESSED, SPAN } = RECORD;

/** The maximum number of tasks that are settled before the event loop serves timers and I/O. */
const MAX_SETTLED_PER_TURN = 256;

/** All pools share this array, since it is filled and emptied within one call. */
const records = new Float64Array(LENGTH * MAX_SETTLED_PER_TURN);

/** @typedef {Buffer & { latin1Slice(start: number, end: number): string }} Arena A Buffer, whose methods @types/node lacks in part. */

/** What belongs to records is written here: values, and short bytes and texts of ASCII one after the other. */
let values = /** @type {unknown[]} */ ([]);
const arena = /** @type {Arena} */ (Buffer.alloc(MAX_SETTLED_PER_TURN * 256));

const { slice } = Uint8Array.prototype;

class Completions {
  /** @type {Tasks} */
  #tasks;
  /** @type {Inputs} */
  #inputs;
  #decode;
  /** @type {WeakOwner} */
  #weakOwner;
  #isCollectingAgain = false;

  /**
   * @param {Tasks} tasks
   * @param {Inputs} inputs The inputs of the tasks.
   * @param {(input: any, output: number) => unknown} decode Makes the result of a task whose worker returns a number.
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
    const count = state.functions.collect(records, values, arena);
    if (count === 0) return;
    this.#isCollectingAgain = true;
    later(this.#collectAgain);
    this.#settle({ state, records, at: 0, end: count * LENGTH, values, nextValue: 0, arena, isKept: false });
    if (values.length > 0) values = []; // the batch has those
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
      case BYTES:
        this.#tasks.settle(state, slot, COMPLETED, bytesAt(batch.arena, records[at + 2]));
        return false;
      case TEXT:
        this.#tasks.settle(state, slot, COMPLETED, textAt(batch.arena, records[at + 2]));
        return false;
      case ANSWERED:
        this.#tasks.settle(state, slot, COMPLETED, nextValue(batch));
        return false;
      case PROGRESSED:
        this.#progressed(slot, nextValue(batch));
        return false;
      case WORKER_CRASHED:
        state.announce('crash', errors.fromNative(failureOf(nextValue(batch))));
        return false;
      case THREAD_MISSING:
        state.announce('crash', errors.threadMissing(failureOf(nextValue(batch)).message));
        return false;
      default: {
        // The promise rejects a microtask later, and the other tasks must settle after that.
        this.#keep(batch);
        const error = kind === FAILED ? this.#errorOf(state, slot, failureOf(nextValue(batch))) : undefined;
        this.#tasks.settle(state, slot, kind, error, () => this.#settle(batch));
        return true;
      }
    }
  }

  /**
   * @param {NativeState} state
   * @param {number} slot
   * @param {NativeFailure} failure
   */
  #errorOf(state, slot, failure) {
    const invalid = this.#tasks.invalid(slot);
    if (invalid !== undefined) return invalid.error;
    const error = errors.fromNative(failure);
    if (failure.code === 'ERR_POOL_CRASH') state.announce('crash', error);
    return error;
  }

  /**
   * @param {number} listener
   * @param {[done: number, total: number | undefined]} progress
   */
  #progressed(listener, progress) {
    this.#tasks.progressed(listener, { done: progress[0], total: progress[1] });
  }

  /**
   * Copies the rest of what all pools share, which may be overwritten before the batch is settled.
   * @param {Batch} batch
   */
  #keep(batch) {
    if (batch.isKept) return;
    batch.isKept = true;
    batch.records = batch.records.slice(0, batch.end);
    batch.arena = usedArena(batch);
  }
}

/**
 * @param {Batch} batch
 * @returns {any} what belongs to the next record that has such a value.
 */
const nextValue = (batch) => batch.values[batch.nextValue++];

/**
 * @param {any[]} parts As src/completion.rs writes them.
 * @returns {NativeFailure}
 */
const failureOf = (parts) => ({ className: parts[0], code: parts[1], message: parts[2], details: parts[3] });

/**
 * The bytes at a place of the arena, in a buffer of their own.
 * @param {Buffer} arena
 * @param {number} place
 */
function bytesAt(arena, place) {
  const start = Math.floor(place / SPAN);
  return Reflect.apply(slice, arena, [start, start + (place % SPAN)]);
}

/**
 * The text at a place of the arena.
 * @param {Arena} arena
 * @param {number} place
 */
function textAt(arena, place) {
  const start = Math.floor(place / SPAN);
  return arena.latin1Slice(start, start + (place % SPAN));
}

/**
 * A copy of the part of the arena that the records of a batch refer to.
 * @param {Batch} batch
 */
function usedArena({ records, end, arena }) {
  for (let at = end - LENGTH; at >= 0; at -= LENGTH) {
    const kind = records[at + 1];
    const place = records[at + 2];
    if (kind === BYTES || kind === TEXT)
      return /** @type {Arena} */ (Buffer.from(arena.subarray(0, Math.floor(place / SPAN) + (place % SPAN))));
  }
  return arena;
}

module.exports = { Completions };
