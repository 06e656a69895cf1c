'use strict';

// `pool.stream`: an async iterator of results, which pulls items from the source as its results are taken.

const { Feed } = require('./feed');
const { NativePromise, rejected } = require('./promise');

class Stream {
  #feed;
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
  #isFinished = false;
  /** Set when nothing is delivered any more: resolved when the source has returned. */
  #finished;
  /** An error that came when nobody waited: for the next caller. */
  #untold = [];

  constructor(pool, items, options) {
    this.#ordered = options.ordered;
    this.#feed = new Feed(pool, items, options, {
      completed: (index, value) => this.#enter(index, { failed: false, value }),
      failed: (index, value) => this.#enter(index, { failed: true, value }),
      ended: (count) => {
        this.#count = count;
        this.#serve();
      },
      broke: (error) => this.#fail(error),
    });
  }

  [Symbol.asyncIterator]() {
    return this;
  }

  next() {
    if (this.#untold.length > 0) return rejected(this.#untold.pop());
    if (this.#isCut) this.#finish();
    if (this.#isFinished) return ended();
    return new NativePromise((resolve, reject) => {
      try {
        this.#takers.push({ resolve, reject });
        if (this.#started) {
          this.#serve();
        } else {
          this.#started = true;
          this.#feed.start();
        }
      } catch (error) {
        this.#isCut = true;
        throw error;
      }
    });
  }

  /** Leaves early: no more items are pulled, and what runs is aborted. */
  async return(value) {
    this.#untold = [];
    await this.#finish();
    return { done: true, value };
  }

  async [Symbol.asyncDispose]() {
    await this.#finish();
  }

  /** A task has ended. */
  #enter(index, outcome) {
    this.#outcomes.set(this.#ordered ? index : this.#arrived++, outcome);
    this.#serve();
  }

  /** Delivers what there is to those who wait. */
  #serve() {
    if (this.#isCut) {
      this.#finish();
      return;
    }
    while (this.#takers.length > 0 && this.#outcomes.has(this.#delivered)) {
      const { failed, value } = this.#outcomes.get(this.#delivered);
      this.#outcomes.delete(this.#delivered++);
      if (failed) return this.#fail(value);
      this.#takers.shift().resolve({ done: false, value });
      this.#feed.landed();
    }
    if (this.#delivered === this.#count) this.#finish();
  }

  async #fail(error) {
    if (this.#isFinished) return;
    const taker = this.#takers.shift();
    if (taker === undefined) this.#untold.push(error);
    await this.#finish();
    taker?.reject(error);
  }

  /** Delivers nothing any more. Code of the caller's that runs within this may come here again. */
  #finish() {
    if (!this.#isFinished) {
      this.#isFinished = true;
      this.#finished = this.#stop();
    }
    return this.#finished;
  }

  async #stop() {
    const takers = this.#takers.splice(0);
    this.#outcomes.clear();
    await this.#feed.stop();
    for (const { resolve } of takers) resolve(end());
  }
}

/** As a generator does, a new one for each caller. */
const end = () => ({ done: true, value: undefined });
const ended = async () => end();

module.exports = { Stream };
