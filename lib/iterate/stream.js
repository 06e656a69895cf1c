'use strict';

// `pool.stream`: an async iterator of results, which pulls items from the source as its results are taken.

const { later } = require('../platform/event-loop');
const { BoundedPull } = require('./bounded-pull');
const { NativePromise, rejected } = require('../platform/promise');

class Stream {
  #pull;
  #ordered;
  #started = false;
  /** What became of tasks and was not delivered, by the order in which it is to be. */
  #outcomes = new Map();
  /** How many outcomes have come, and how many were delivered. */
  #arrived = 0;
  #delivered = 0;
  /** How many items there were, when the source has ended. */
  #count;
  /** Callers of `next` that wait, in their order. */
  #takers = [];
  /** A call of `next` was interrupted half way, by the end of the stack: what it had taken is lost. */
  #isCut = false;
  /** Nothing is delivered any more. */
  #isEnding = false;
  #isFinished = false;
  /** Set when it is finished: resolved when the source has returned. */
  #finished;
  /** An error that came when nobody waited: for the next caller. */
  #untold = [];

  constructor(pool, items, options) {
    this.#ordered = options.ordered;
    this.#pull = new BoundedPull(pool, items, options, {
      completed: (index, value) => this.#enter(index, { failed: false, value }),
      failed: (index, value) => this.#enter(index, { failed: true, value }),
      ended: (count) => {
        this.#count = count;
        this.#serve();
      },
      broke: (value) => this.#end({ value }),
    });
  }

  [Symbol.asyncIterator]() {
    return this;
  }

  next() {
    if (this.#untold.length > 0) return rejected(this.#untold.pop());
    if (this.#isFinished) return ended();
    if (this.#isCut) this.#end();
    return new NativePromise((resolve, reject) => {
      try {
        this.#takers.push({ resolve, reject });
        if (this.#started) {
          this.#serve();
        } else {
          this.#started = true;
          this.#pull.start();
          if (this.#pull.interrupted !== undefined) throw this.#pull.interrupted.error;
        }
      } catch (error) {
        this.#isCut = true;
        throw error;
      }
    });
  }

  /** Leaves early: no more items are pulled, and what runs is aborted. */
  async return(value) {
    await this.#leave();
    return { done: true, value };
  }

  async [Symbol.asyncDispose]() {
    await this.#leave();
  }

  async #leave() {
    await undefined; // the stack may end here
    this.#isEnding = true;
    this.#untold = [];
    await this.#finish();
  }

  /** A task has ended. */
  #enter(index, outcome) {
    this.#outcomes.set(this.#ordered ? index : this.#arrived++, outcome);
    this.#serve();
  }

  /** Delivers what there is to those who wait. */
  #serve() {
    while (!this.#isEnding && this.#takers.length > 0 && this.#outcomes.has(this.#delivered)) {
      if (this.#isCut) return this.#end();
      const outcome = this.#outcomes.get(this.#delivered);
      if (outcome.failed) return this.#end(outcome);
      this.#outcomes.delete(this.#delivered++);
      this.#takers.shift().resolve({ done: false, value: outcome.value });
      this.#pull.release();
    }
    if (this.#delivered === this.#count) this.#end();
  }

  /**
   * Delivers nothing any more, but the error `failure.value` if that is given. This may be called at the end of the stack,
   * so the rest is left to the next turn of the event loop.
   */
  #end(failure) {
    if (this.#isEnding) return;
    later(() => this.#finish(failure));
    this.#isEnding = true;
    this.#pull.halt();
  }

  /** Code of the caller's that runs within this may come here again. */
  #finish(failure) {
    if (!this.#isFinished) {
      this.#isFinished = true;
      this.#finished = this.#stop(failure);
    }
    return this.#finished;
  }

  async #stop(failure) {
    const takers = this.#takers.splice(0);
    this.#outcomes.clear();
    const first = failure === undefined ? undefined : takers.shift();
    if (failure !== undefined && first === undefined) this.#untold.push(failure.value);
    await this.#pull.stop();
    first?.reject(failure.value);
    for (const { resolve } of takers) resolve(end());
  }
}

/** As a generator does, a new one for each caller. */
const end = () => ({ done: true, value: undefined });
const ended = async () => end();

module.exports = { Stream };
