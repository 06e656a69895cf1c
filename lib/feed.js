'use strict';

// Takes items from a source and gives them to a pool, a bounded number at a time: what `map` and
// `stream` have in common.

// Whatever `Promise` is by now: what an async function returns is not of a class that took its place.
const { isPromise } = require('node:util').types;
const { isAborted, reasonOf, stopListening } = require('./abort-signals');
const errors = require('./errors');
const { Source } = require('./source');

/**
 * How many items a worker may have in flight: one that it runs, and some that wait for it, so that it
 * need not wait for the event loop to pull the next.
 */
const PER_WORKER = 4;

class Feed {
  #pool;
  #items;
  #signal;
  #receiver;
  #source;
  #controller = new AbortController();
  #inFlight = 0;
  #limit;
  /** Has the pump go on that waits for something in flight to land. */
  #resume;
  #stopped = false;

  /**
   * @param pool Runs the items: `size`, `run(data, signal)`, `claimRoom()`, `ready()`.
   * @param items Any (async) iterable.
   * @param {AbortSignal | undefined} signal
   * @param {{
   *   task(result: Promise, index: number): void,
   *   ended(count: number): void,
   *   failed(error: unknown): void,
   * }} receiver Is given each task as it starts; told of the end of the source; and told when the source
   *   throws, the pool is closed or the signal aborts, upon which it stops the feed.
   */
  constructor(pool, items, signal, receiver) {
    this.#pool = pool;
    this.#items = items;
    this.#signal = signal;
    this.#receiver = receiver;
    this.#limit = PER_WORKER * pool.size;
  }

  /** Starts to take items; those of an iterable that is not async before this returns. */
  start() {
    try {
      if (isAborted(this.#signal)) return this.#abort();
      this.#signal?.addEventListener('abort', this.#abort, { once: true });
    } catch (cause) {
      return this.#receiver.failed(errors.unreadable('options.signal', cause));
    }
    this.#pump().catch((error) => {
      if (!this.#stopped) this.#receiver.failed(error);
    });
  }

  /** One of the items in flight need not be counted any more. */
  landed() {
    this.#inFlight--;
    this.#resume?.();
  }

  /**
   * Takes no more items, aborts those in flight and tells the source. Also to be called when all is done.
   * @returns {Promise<void>} resolved when the source is done with it.
   */
  async stop() {
    this.#stopped = true;
    if (this.#signal !== undefined) stopListening(this.#signal, this.#abort);
    this.#controller.abort();
    await this.#source?.return();
  }

  async #pump() {
    let count = 0;
    this.#source = new Source(this.#items);
    if (this.#stopped) await this.#source.return(); // as it was opened
    for (;;) {
      if (this.#inFlight === this.#limit) await this.#landing();
      if (this.#stopped) return;
      const next = this.#source.next();
      const { done, value } = isPromise(next) ? await next : next;
      if (this.#stopped) return;
      if (done) break;
      if (!this.#pool.claimRoom()) await this.#pool.ready();
      if (this.#stopped) return;
      this.#inFlight++;
      this.#receiver.task(this.#pool.run(value, this.#controller.signal), count++);
    }
    this.#receiver.ended(count);
  }

  #landing() {
    return new Promise((resolve) => {
      this.#resume = () => {
        this.#resume = undefined;
        resolve();
      };
    });
  }

  #abort = () => {
    this.#receiver.failed(errors.aborted(reasonOf(this.#signal)));
  };
}

module.exports = { Feed };
