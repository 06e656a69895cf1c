'use strict';

// `pool.stream`: an async iterator of results, which pulls items from the source as its results are consumed.

const { later } = require('../platform/event-loop');
const { BoundedPull } = require('./bounded-pull');
const { NativePromise, rejected } = require('../platform/promise');

/** @typedef {import('../api/options').StreamOptions} StreamOptions */
/** @typedef {import('./bounded-pull').Items} Items */
/** @typedef {import('./bounded-pull').PullTarget} PullTarget */
/** @typedef {{ failed: boolean, value: unknown }} Outcome The result of a task, or its error. */
/** @typedef {{ resolve(result: IteratorResult<unknown>): void, reject(error: unknown): void }} Waiter */

class Stream {
  #pull;
  #ordered;
  #started = false;
  /**
   * The outcomes that were not delivered, by their places in the order of delivery.
   * @type {Map<number, Outcome>}
   */
  #outcomes = new Map();
  /** How many outcomes have arrived, and how many were delivered. */
  #arrived = 0;
  #delivered = 0;
  /**
   * How many items there are. Set when the source has ended.
   * @type {number | undefined}
   */
  #total;
  /**
   * Callers of `next` that wait, in the order of their calls.
   * @type {Waiter[]}
   */
  #waiters = [];
  /** The end of the stack has interrupted a call of `next`. The outcome that it was delivering is lost. */
  #wasInterrupted = false;
  /** Nothing more is delivered. */
  #isEnding = false;
  #isFinished = false;
  /**
   * Set when it is finished: resolves when the source has returned.
   * @type {Promise<void> | undefined}
   */
  #finished;
  /**
   * An error that no caller of `next` waited for. The next call rejects with it.
   * @type {{ value: unknown } | undefined}
   */
  #undelivered;

  /**
   * @param {PullTarget} pool
   * @param {Items} items
   * @param {StreamOptions} options
   */
  constructor(pool, items, options) {
    this.#ordered = options.ordered;
    this.#pull = new BoundedPull(pool, items, options, {
      completed: (index, value) => this.#add(index, { failed: false, value }),
      taskFailed: (index, value) => this.#add(index, { failed: true, value }),
      ended: (count) => {
        this.#total = count;
        this.#deliver();
      },
      pullFailed: (value) => this.#end({ value }),
    });
  }

  [Symbol.asyncIterator]() {
    return this;
  }

  /** @returns {Promise<IteratorResult<unknown>>} the next result. Rejects with the first error. */
  next() {
    if (this.#undelivered !== undefined) {
      const { value } = this.#undelivered;
      this.#undelivered = undefined;
      return rejected(value);
    }
    if (this.#isFinished) return resolvedDone();
    if (this.#wasInterrupted) this.#end();
    return new NativePromise((resolve, reject) => {
      try {
        this.#waiters.push({ resolve, reject });
        if (this.#started) {
          this.#deliver();
        } else {
          this.#started = true;
          this.#pull.start();
          if (this.#pull.interrupted !== undefined) throw this.#pull.interrupted.error;
        }
      } catch (error) {
        this.#wasInterrupted = true;
        throw error;
      }
    });
  }

  /**
   * Leaves early: no more items are pulled, and tasks that run are aborted.
   * @param {unknown} [value]
   * @returns {Promise<IteratorResult<unknown>>}
   */
  async return(value) {
    await this.#leave();
    return { done: true, value };
  }

  /** @returns {Promise<void>} */
  async [Symbol.asyncDispose]() {
    await this.#leave();
  }

  async #leave() {
    await undefined; // so that the rest does not run at the end of the stack
    this.#isEnding = true;
    this.#undelivered = undefined;
    await this.#finish();
  }

  /**
   * Adds the outcome of a task.
   * @param {number} index
   * @param {Outcome} outcome
   */
  #add(index, outcome) {
    this.#outcomes.set(this.#ordered ? index : this.#arrived++, outcome);
    this.#deliver();
  }

  /** Delivers outcomes to the callers that wait. */
  #deliver() {
    while (!this.#isEnding && this.#waiters.length > 0) {
      const outcome = this.#outcomes.get(this.#delivered);
      if (outcome === undefined) break;
      if (this.#wasInterrupted) return this.#end();
      if (outcome.failed) return this.#end(outcome);
      this.#outcomes.delete(this.#delivered++);
      /** @type {Waiter} */ (this.#waiters.shift()).resolve({ done: false, value: outcome.value });
      this.#pull.release();
    }
    if (this.#delivered === this.#total) this.#end();
  }

  /**
   * Ends the stream. This may be called at the end of the stack, so the next turn of the event loop does the rest.
   * @param {{ value: unknown }} [failure] The last thing to deliver: an error.
   */
  #end(failure) {
    if (this.#isEnding) return;
    later(() => this.#finish(failure));
    this.#isEnding = true;
    this.#pull.halt();
  }

  /**
   * May be called again: the caller's code may run within it.
   * @param {{ value: unknown }} [failure]
   */
  #finish(failure) {
    if (!this.#isFinished) {
      this.#isFinished = true;
      this.#finished = this.#stop(failure);
    }
    return this.#finished;
  }

  /** @param {{ value: unknown }} [failure] */
  async #stop(failure) {
    const waiters = this.#waiters.splice(0);
    this.#outcomes.clear();
    const first = failure === undefined ? undefined : waiters.shift();
    if (first === undefined) this.#undelivered = failure;
    await this.#pull.stop();
    first?.reject(failure?.value);
    for (const { resolve } of waiters) resolve(done());
  }
}

/** A new object for each caller, as a generator returns. */
const done = () => ({ done: /** @type {const} */ (true), value: undefined });
const resolvedDone = async () => done();

module.exports = { Stream };
