'use strict';

// What comes back from the native side, and how it settles the tasks it is about.

const errors = require('../api/errors');
const { later, raise, soon } = require('../platform/event-loop');
const { DELIVERY } = require('../platform/native-protocol');

const {
  RECORD,
  COMPLETED,
  FAILED,
  CLOSED,
  TIMED_OUT,
  WAITED_TOO_LONG,
  GIVEN_UP,
  WORKER_CRASHED,
  THREAD_MISSING,
  VACATED,
} = DELIVERY;

/** How many results are settled at most before timers and I/O have their turn. */
const SHARE = 256;

/** Filled and emptied within one call, so all pools can use the same. */
const records = new Float64Array(RECORD * SHARE);

class Deliveries {
  #tasks;
  #inputs;
  #decode;
  /** Leads to the pool's native side, and to who is told of crashes and of the end. */
  #hold;
  #comingAgain = false;

  /**
   * @param {import('../tasks/tasks').Tasks} tasks
   * @param {import('../tasks/inputs').Numbers} inputs What they were given.
   * @param {(input: number, output: number) => unknown} decode Makes the result.
   * @param {import('../tasks/pending').Hold} hold
   */
  constructor(tasks, inputs, decode, hold) {
    this.#tasks = tasks;
    this.#inputs = inputs;
    this.#decode = decode;
    this.#hold = hold;
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
    later(this.#comeAgain);
    this.#settle({ owner, records, at: 0, end: count * RECORD, errors: undefined });
    owner.room.vacated();
    owner.emitAnnounced();
  };

  #comeAgain = () => {
    this.#comingAgain = false;
    this.collect();
  };

  /** Settles what stands in a batch of records, in that order. */
  #settle(batch) {
    while (batch.at < batch.end) {
      const at = batch.at;
      batch.at += RECORD;
      try {
        if (this.#settleRecord(batch, at)) return; // it goes on when the task has rejected
      } catch (error) {
        // The others are settled all the same.
        soon(() => raise(error));
      }
    }
  }

  /** @returns {boolean} whether the rest of the batch is settled when this record's task has rejected. */
  #settleRecord(batch, at) {
    const { owner, records } = batch;
    const slot = records[at];
    switch (records[at + 1]) {
      case COMPLETED: {
        const result = this.#decode(this.#inputs.get(slot), records[at + 2]);
        this.#tasks.complete(owner, slot, result);
        return false;
      }
      case CLOSED:
        owner.ended();
        return false;
      case VACATED:
        return false; // `collect` calls `room.vacated` in any case
      case WORKER_CRASHED:
      case THREAD_MISSING:
        owner.crashed(this.#nextError(batch, at));
        return false;
      default:
        this.#tasks.fail(owner, slot, this.#nextError(batch, at), () => this.#settle(batch));
        return true;
    }
  }

  #nextError(batch, at) {
    batch.errors ??= this.#errorsIn(batch, at);
    return batch.errors.shift();
  }

  /** The errors that a batch is about from there on, in their order. Tells the owner of crashes. */
  #errorsIn(batch, start) {
    const { owner, end } = batch;
    // The rest of the batch is settled microtasks later, and the array may be used meanwhile.
    batch.records = batch.records.slice(0, end);
    const said = owner.native.takeFailures(); // two strings each, see src/delivery.rs
    const found = [];
    for (let at = start; at < end; at += RECORD) {
      const slot = batch.records[at];
      switch (batch.records[at + 1]) {
        case FAILED: {
          const code = said.shift();
          const message = said.shift();
          const invalid = this.#tasks.invalid(slot);
          const error = invalid === undefined ? errors.fromNative(code, message) : invalid.error;
          if (code === 'ERR_POOL_CRASH') owner.crashed(error);
          found.push(error);
          break;
        }
        case TIMED_OUT:
          found.push(this.#tasks.timedOut(slot));
          break;
        case WAITED_TOO_LONG:
          found.push(this.#tasks.waitedTooLong(slot));
          break;
        case GIVEN_UP:
          found.push(errors.givenUp());
          break;
        case WORKER_CRASHED: {
          const code = said.shift();
          found.push(errors.fromNative(code, said.shift()));
          break;
        }
        case THREAD_MISSING:
          said.shift(); // its code is that of the error
          found.push(errors.threadMissing(said.shift()));
          break;
      }
    }
    return found;
  }
}

module.exports = { Deliveries };
