'use strict';

// `pool.stream`: an async iterator of results, which takes items from the source as its results are taken.

const { Feed } = require('./feed');

const END = { done: true, value: undefined };

class Stream {
  #feed;
  #ordered;
  #started = false;
  /** The source has ended. */
  #exhausted = false;
  /** Tasks that were started, the results of which have not been given. */
  #held = 0;
  /** What is to be given: in the order of the items, and so perhaps still running, or as it came. */
  #line = [];
  /** Those who asked for a result and have none, first come first. */
  #takers = [];
  /** Set when nothing is given any more: resolved when the source knows. */
  #finished;
  /** An error that came when nobody asked: for the next who does. */
  #untold = [];

  constructor(pool, items, { signal, ordered }) {
    this.#ordered = ordered;
    this.#feed = new Feed(pool, items, signal, {
      task: (task) => this.#enter(task),
      ended: () => {
        this.#exhausted = true;
        this.#serve();
      },
      failed: (error) => this.#fail(error),
    });
  }

  [Symbol.asyncIterator]() {
    return this;
  }

  next() {
    if (this.#untold.length > 0) return Promise.reject(this.#untold.pop());
    if (this.#finished) return Promise.resolve(END);
    return new Promise((resolve, reject) => {
      this.#takers.push({ resolve, reject });
      if (this.#started) return this.#serve();
      this.#started = true;
      this.#feed.start();
    });
  }

  /** Leaves early: no more items are taken, and what runs is aborted. */
  async return(value) {
    this.#untold = [];
    await this.#finish();
    return { done: true, value };
  }

  async [Symbol.asyncDispose]() {
    await this.#finish();
  }

  #enter(task) {
    this.#held++;
    const entry = { settled: false, failed: false, value: undefined };
    if (this.#ordered) this.#line.push(entry);
    const settle = (failed, value) => {
      Object.assign(entry, { settled: true, failed, value });
      if (!this.#ordered) this.#line.push(entry);
      this.#serve();
    };
    task.then(
      (result) => settle(false, result),
      (error) => settle(true, error),
    );
  }

  /** Gives what there is to those who asked. */
  #serve() {
    while (this.#takers.length > 0 && this.#line[0]?.settled) {
      const { failed, value } = this.#line.shift();
      if (failed) return this.#fail(value);
      this.#held--;
      this.#takers.shift().resolve({ done: false, value });
      this.#feed.landed();
    }
    if (this.#exhausted && this.#held === 0) this.#finish();
  }

  #fail(error) {
    if (this.#finished) return;
    const taker = this.#takers.shift();
    if (taker === undefined) this.#untold.push(error);
    this.#finish().then(() => taker?.reject(error));
  }

  /** Gives nothing any more. */
  #finish() {
    this.#finished ??= this.#stop();
    return this.#finished;
  }

  async #stop() {
    const takers = this.#takers.splice(0);
    this.#line = [];
    await this.#feed.stop();
    for (const { resolve } of takers) resolve(END);
  }
}

module.exports = { Stream };
