'use strict';

// What comes back from the native side, and how it settles the tasks it is about.

// Not the global one, which tests replace with one of their own making.
const { setImmediate } = require('node:timers');
const errors = require('./errors');

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

class Deliveries {
  #tasks;
  #inputs;
  #decode;
  /** Leads to the pool's native side, and to who is told of crashes and of the end. */
  #hold;
  #comingAgain = false;

  /**
   * @param {import('./tasks').Tasks} tasks
   * @param {import('./inputs').Numbers} inputs What they were given.
   * @param {(input: number, output: number) => unknown} decode Makes the result.
   * @param {import('./in-flight').Hold} hold
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
          const result = this.#decode(this.#inputs.get(slot), records[at + 2]);
          this.#tasks.complete(owner, slot, result);
          break;
        }
        case CLOSED:
          this.#tasks.land(owner);
          owner.ended();
          break;
        case THREAD_MISSING:
          batch.errors ??= this.#errorsIn(batch);
          owner.crashed(batch.errors.next().value);
          break;
        default: {
          batch.errors ??= this.#errorsIn(batch);
          batch.at = at + RECORD;
          this.#tasks.fail(owner, slot, batch.errors.next().value, () => this.#settle(batch));
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
          const error = this.#tasks.invalid(slot) ?? errors.fromNative(code, message);
          if (code === 'ERR_POOL_CRASH') owner.crashed(error);
          found.push(error);
          break;
        }
        case ABORTED:
          found.push(this.#tasks.aborted(slot));
          break;
        case TIMED_OUT:
          found.push(this.#tasks.timedOut(slot));
          break;
        case WAITED_TOO_LONG:
          found.push(this.#tasks.waitedTooLong(slot));
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
}

module.exports = { Deliveries };
