'use strict';

// Pulls items from a source and submits them to a pool, with a bounded number in flight. `map` and `stream` share this.

const { isPromise } = require('node:util').types;
const { reasonOf } = require('../tasks/abort-signals');
const { inContext } = require('../api/async-context');
const errors = require('../api/errors');
const { NativePromise } = require('../platform/promise');
const { Source, lengthOf } = require('./source');
const { StopSignal } = require('../tasks/stop-signal');

/** Items in flight per worker: one that runs, and some that wait, so that the worker need not wait for the event loop. */
const PER_WORKER = 4;

class BoundedPull {
  #pool;
  #items;
  #signal;
  #watch;
  #receiver;
  #source;
  #onProgress;
  #total;
  /** How many tasks have a result. */
  #done = 0;
  #stopSignal = new StopSignal();
  #taskOptions;
  #inFlight = 0;
  #limit;
  /** Resumes the pull that waits for an item to be released. */
  #resume;
  /** Stops waiting for the source, which was asked to return. */
  #stopWaiting;
  #stopped = false;
  /** `{ error }` of an error that could not be reported, since the end of the stack interrupted `start`. */
  interrupted;

  /**
   * @param pool Runs the items: `size`, `signals`, `run(data, options)`, `tryReserve()`, `ready(waiter)`,
   *   `withdraw(waiter)`, `hasRoom()`.
   * @param items Any (async) iterable.
   * @param options Of `map` or `stream`.
   * @param {{
   *   completed(index: number, result: unknown): void,
   *   failed(index: number, error: unknown): void,
   *   ended(count: number): void,
   *   broke(error: unknown): void,
   * }} receiver Is notified of the outcome of each task, until it stops this; of the end of the source; and when
   *   the source or `onProgress` throws, the pool is closed or the signal aborts, upon which it stops this.
   */
  constructor(pool, items, options, receiver) {
    const { signal, timeout, queueTimeout, priority, onProgress } = options;
    this.#pool = pool;
    this.#items = items;
    this.#signal = signal;
    this.#receiver = receiver;
    this.#limit = PER_WORKER * pool.size;
    this.#taskOptions = { __proto__: null, signal: this.#stopSignal, timeout, queueTimeout, priority };
    if (onProgress === undefined) return;
    this.#onProgress = inContext(onProgress);
    this.#total = lengthOf(items);
  }

  /** Starts pulling. Items of an iterable that is not async are pulled before this returns. */
  start() {
    if (this.#signal !== undefined) this.#listen();
    if (!this.#stopped) this.#pump();
  }

  /** An item in flight is not counted any more. */
  release() {
    this.#inFlight--;
    this.#resume?.();
  }

  /** Pulls no more items, and aborts those in flight. The end of the stack may interrupt this; `stop` resumes it. */
  halt() {
    try {
      this.#stopped = true;
      this.#pool.withdraw(this);
      this.#stopSignal.abort(this.#watch?.isAborted ? reasonOf(this.#signal) : undefined);
    } catch {
      // The stack is exhausted.
    }
  }

  /**
   * Halts, and asks the source to return. Must also be called when all items are done.
   * @returns {Promise<void>} resolved when the source has returned, or when the signal aborts: a source may never return.
   */
  async stop() {
    const isAborted = this.#watch?.isAborted;
    this.halt();
    const returned = this.#source?.return();
    if (!isAborted && returned !== undefined) await this.#unlessAborted(returned);
    this.#unlisten();
  }

  #unlessAborted(promise) {
    return new NativePromise((resolve) => {
      this.#stopWaiting = resolve;
      const wait = async () => {
        await promise;
        resolve();
      };
      wait();
    });
  }

  /** Listens to the signal. The signal may run code that stops this meanwhile. */
  #listen() {
    try {
      this.#watch = this.#pool.signals.watch(this.#signal, this.#abort);
    } catch (cause) {
      this.#break(errors.unreadable('options.signal', cause));
      return;
    }
    if (this.#watch === undefined) this.#abort();
    else if (this.#stopped) this.#unlisten();
  }

  #unlisten() {
    if (this.#watch !== undefined) this.#pool.signals.leave(this.#watch, this.#abort);
  }

  #abort = () => {
    this.#break(errors.aborted(reasonOf(this.#signal)));
    this.#stopWaiting?.();
  };

  #break(error) {
    if (!this.#stopped) this.#receiver.broke(error);
  }

  async #pump() {
    try {
      const count = await this.#pull();
      if (!this.#stopped) this.#receiver.ended(count);
    } catch (error) {
      this.interrupted = { error };
      try {
        this.#break(error);
      } catch {
        return;
      }
      this.interrupted = undefined;
    }
  }

  /** @returns {Promise<number>} how many items there were, unless this was stopped. */
  async #pull() {
    this.#source = new Source(this.#items);
    if (this.#stopped) await this.#source.return(); // it was stopped as the source was opened
    for (let count = 0; ; count++) {
      if (this.#inFlight === this.#limit) await this.#released();
      if (this.#stopped) return count;
      const next = this.#source.next();
      const { done, value } = isPromise(next) ? await next : next;
      if (this.#stopped || done) return count;
      if (!this.#pool.tryReserve()) await this.#room();
      if (this.#stopped) return count;
      this.#inFlight++;
      this.#submit(value, count);
    }
  }

  /** Resolves when a task that is submitted at once is admitted. */
  async #room() {
    // A caller of `run` that did not wait may have taken the room.
    do await this.#pool.ready(this);
    while (!this.#stopped && !this.#pool.hasRoom());
  }

  async #submit(value, index) {
    let result;
    try {
      result = await this.#pool.run(value, this.#taskOptions);
    } catch (error) {
      this.interrupted = { error };
      try {
        if (!this.#stopped) this.#receiver.failed(index, error);
      } catch {
        return;
      }
      this.interrupted = undefined;
      return;
    }
    if (this.#stopped) return;
    try {
      this.#done++;
      this.#onProgress?.({ done: this.#done, total: this.#total });
    } catch (error) {
      this.#break(error);
    }
    if (!this.#stopped) this.#receiver.completed(index, result);
  }

  #released() {
    return new NativePromise((resolve) => {
      this.#resume = () => {
        this.#resume = undefined;
        resolve();
      };
    });
  }
}

module.exports = { BoundedPull };
