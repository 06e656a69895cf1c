'use strict';

// The tasks of a pool that have not settled, each in a slot whose number stands for it on the native
// side; and how what comes back settles them.

// Not the global one, which tests replace with one of their own making.
const { setImmediate } = require('node:timers');
const errors = require('./errors');

// See src/delivery.rs.
const RECORD = 3;
const COMPLETED = 0;
const FAILED = 1;
const CLOSED = 2;

/** How many results are settled before timers and I/O have their turn. */
const SHARE = 256;

/** Filled and emptied within one call, so all pools can use the same. */
const records = new Float64Array(RECORD * SHARE);

class Tasks {
  #codec;
  #slots = [];
  #freeSlots = [];
  /** Tasks in flight, and one more while the pool closes. */
  #pending = 0;
  /**
   * The native pool, and who is told of crashes and of the end. It is held while anything is pending
   * and not longer: the native side holds on to `collect` always, and were the owner always reachable
   * from here, a pool that nobody uses any more could not be collected.
   */
  #owner;
  /** The last owner, for calls of `collect` that come when nothing is pending. */
  #lastOwner;

  constructor(codec) {
    this.#codec = codec;
  }

  /** Gives `data` to the owner's native pool as a task. @returns {Promise} of its result. */
  run(owner, data) {
    let input;
    let invalid;
    try {
      input = this.#codec.encode(data);
    } catch (error) {
      // Bad data is a task like any other: it rejects in its turn.
      input = Number.NaN;
      invalid = error;
    }
    let task;
    const promise = new Promise((resolve, reject) => {
      task = { resolve, reject, input, invalid };
    });
    const slot = this.#freeSlots.pop() ?? this.#slots.length;
    this.#slots[slot] = task;
    this.#hold(owner);
    // Last, when its slot is taken: whatever interrupts this function (a time limit of node:vm, an
    // exhausted stack), the slot is not given to another task.
    const refusal = owner.native.submit(slot, input);
    if (refusal !== null) this.#take(slot).reject(errors.refused(refusal));
    return promise;
  }

  /** Closes the owner's native pool; `owner.ended()` is called when its threads are gone. */
  close(owner) {
    this.#hold(owner);
    owner.native.close();
  }

  /**
   * Settles what has come back, a bounded share of it at a time. Every ring of the doorbell must come
   * through to the native side, also when everything has been collected before: until then the
   * doorbell does not ring again.
   */
  collect = () => {
    const owner = this.#owner ?? this.#lastOwner?.deref();
    if (owner === undefined) return; // the pool is gone
    const count = owner.native.collect(records);
    if (count === SHARE) setImmediate(this.collect);
    // One failure is told by two strings; see src/delivery.rs.
    let failures;
    for (let at = 0; at < count * RECORD; at += RECORD) {
      const slot = records[at];
      switch (records[at + 1]) {
        case COMPLETED: {
          const task = this.#take(slot);
          task.resolve(this.#codec.decode(task.input, records[at + 2]));
          break;
        }
        case FAILED: {
          failures ??= owner.native.takeFailures().values();
          this.#fail(owner, this.#take(slot), failures.next().value, failures.next().value);
          break;
        }
        case CLOSED:
          this.#release();
          owner.ended();
          break;
      }
    }
  };

  #fail(owner, task, code, message) {
    const error = task.invalid ?? errors.fromNative(code, message);
    task.reject(error);
    if (code === 'ERR_POOL_CRASH') owner.crashed(error);
  }

  #take(slot) {
    const task = this.#slots[slot];
    this.#slots[slot] = undefined;
    this.#freeSlots.push(slot);
    this.#release();
    return task;
  }

  #hold(owner) {
    this.#pending++;
    this.#owner = owner;
    this.#lastOwner ??= new WeakRef(owner);
  }

  #release() {
    if (--this.#pending > 0) return;
    this.#owner = undefined;
    if (this.#slots.length > SHARE) {
      // What a burst took is given back.
      this.#slots = [];
      this.#freeSlots = [];
    }
  }
}

module.exports = { Tasks };
