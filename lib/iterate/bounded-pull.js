'use strict';

// Pulls items from a source and submits them to a pool, with a bounded number in flight. `map` and `stream` share this.

const { isPromise } = require('node:util').types;
const { reasonOf } = require('../tasks/abort-signals');
const errors = require('../api/errors');
const { NativePromise } = require('../platform/promise');
const { Progress } = require('./progress');
const { Source } = require('./source');
const { StopSignal } = require('../tasks/stop-signal');

/** @typedef {import('../api/options').MapOptions} MapOptions */
/** @typedef {import('../tasks/abort-signals').Signal} Signal */
/** @typedef {InstanceType<typeof import('../tasks/abort-signals').AbortSignals>} AbortSignals */
/** @typedef {NonNullable<ReturnType<AbortSignals['watch']>>} Watch */
/** @typedef {Iterable<unknown> | AsyncIterable<unknown>} Items */

/**
 * The pool that runs the items.
 * @typedef {object} PullTarget
 * @property {number} parallel How many tasks it runs at a time.
 * @property {AbortSignals} signals
 * @property {(data: unknown, options: object) => Promise<unknown>} run
 * @property {() => boolean} tryReserve Reserves room for a task. Returns false if there is none.
 * @property {() => boolean} hasRoom Whether a task would be admitted now, even if its room is reserved for another.
 * @property {(waiter: object) => Promise<void>} ready Resolves when room is reserved for the waiter.
 * @property {(waiter: object) => void} withdraw Stops waiting.
 * @property {boolean} limitsBytes Whether `run` may refuse a task for its size, after room was reserved.
 * @property {Set<() => void>} closing What is called when the pool closes.
 */

/**
 * What is notified, until it stops the pull.
 * @typedef {object} Receiver
 * @property {(index: number, result: unknown) => void} completed A task has a result.
 * @property {(index: number, error: unknown) => void} taskFailed A task has rejected.
 * @property {(count: number) => void} ended The source has ended after `count` items.
 * @property {(error: unknown) => void} pullFailed The source or `onProgress` has thrown, the pool was closed or the
 *   signal has aborted. The receiver must stop the pull.
 */

/**
 * Items in flight per worker: one that runs, and some that wait, so that the worker need not wait for the event loop.
 */
const PER_WORKER = 4;

class BoundedPull {
  /** @type {PullTarget} */
  #pool;
  #items;
  #signal;
  /** @type {Watch | undefined} */
  #watch;
  /** @type {Receiver} */
  #receiver;
  /** @type {InstanceType<typeof Source> | undefined} */
  #source;
  #progress;
  #stopSignal = new StopSignal();
  #taskOptions;
  #inFlight = 0;
  /**
   * Items that were refused for their size and wait for room.
   * @type {Set<object>}
   */
  #refused = new Set();
  /**
   * Resumes the pull when it waits for an item to be released.
   * @type {(() => void) | undefined}
   */
  #resume;
  /**
   * Stops waiting for the source to return.
   * @type {((value: void) => void) | undefined}
   */
  #stopWaiting;
  #stopped = false;
  /**
   * The error that could not be reported, because the end of the stack interrupted `start`.
   * @type {{ error: unknown } | undefined}
   */
  interrupted;

  /**
   * @param {PullTarget} pool
   * @param {Items} items
   * @param {MapOptions & { ordered?: boolean }} options
   * @param {Receiver} receiver
   */
  constructor(pool, items, options, receiver) {
    const { signal, onProgress, ordered, ...ofTasks } = options;
    this.#pool = pool;
    this.#items = items;
    this.#signal = signal;
    this.#receiver = receiver;
    this.#taskOptions = { ...ofTasks, __proto__: null, signal: this.#stopSignal };
    this.#progress = new Progress(items, onProgress);
  }

  /** Starts pulling. Items of an iterable that is not async are pulled before this returns. */
  start() {
    if (this.#signal !== undefined) this.#listen(this.#signal);
    if (!this.#stopped) this.#pump();
  }

  /** Decrements the number of items in flight. */
  release() {
    this.#inFlight--;
    this.#resume?.();
  }

  /** Pulls no more items, and aborts those in flight. The end of the stack may interrupt this. `stop` resumes it. */
  halt() {
    try {
      this.#stopped = true;
      this.#pool.withdraw(this);
      for (const waiter of this.#refused) this.#pool.withdraw(waiter);
      this.#stopSignal.abort(this.#watch?.isAborted ? reasonOf(this.#watch.signal) : undefined);
    } catch {
      // The stack is exhausted.
    }
  }

  /**
   * Halts, and calls `return` of the source. Must also be called when all items are done.
   * @returns {Promise<void>} resolves when the source has returned, or when the signal aborts: a source may never
   *   return.
   */
  async stop() {
    const isAborted = this.#watch?.isAborted;
    this.halt();
    const returned = this.#source?.return();
    if (!isAborted && returned !== undefined) await this.#unlessAborted(returned);
    this.#unlisten();
  }

  /**
   * @param {Promise<void>} promise
   * @returns {Promise<void>} resolves with `promise`, or when the signal aborts.
   */
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

  /**
   * Starts listening to the signal. The signal may run code that stops this pull.
   * @param {Signal} signal
   */
  #listen(signal) {
    try {
      this.#watch = this.#pool.signals.watch(signal, this.#abort);
    } catch (cause) {
      this.#fail(errors.unreadable('options.signal', cause));
      return;
    }
    if (this.#watch === undefined) this.#abort();
    else if (this.#stopped) this.#unlisten();
  }

  #unlisten() {
    if (this.#watch !== undefined) this.#pool.signals.leave(this.#watch, this.#abort);
  }

  #abort = () => {
    this.#fail(errors.aborted(reasonOf(/** @type {Signal} */ (this.#signal))));
    this.#stopWaiting?.();
  };

  /** @param {unknown} error */
  #fail(error) {
    if (!this.#stopped) this.#receiver.pullFailed(error);
  }

  async #pump() {
    try {
      const count = await this.#pull();
      if (!this.#stopped) this.#receiver.ended(count);
    } catch (error) {
      this.interrupted = { error };
      try {
        this.#fail(error);
      } catch {
        return;
      }
      this.interrupted = undefined;
    }
  }

  /** @returns {Promise<number>} how many items there were, unless this was stopped. */
  async #pull() {
    this.#source = new Source(this.#items);
    if (this.#stopped) await this.#source.return(); // opening the source has stopped this pull
    for (let count = 0; ; count++) {
      if (this.#inFlight >= PER_WORKER * this.#pool.parallel) await this.#waitForRelease();
      if (this.#stopped) return count;
      const next = this.#source.next();
      const { done, value } = isPromise(next) ? await this.#unlessClosed(next) : next;
      if (this.#stopped || done) return count;
      if (!this.#pool.tryReserve()) {
        // Another caller of `run` may have used the room before this resumes, so it is checked again. Nothing is
        // awaited between the check and the submission.
        do await this.#pool.ready(this);
        while (!this.#stopped && !this.#pool.hasRoom());
      }
      if (this.#stopped) return count;
      this.#inFlight++;
      this.#submit(value, count);
    }
  }

  /**
   * Waits for a step of the source, which may never come. Meanwhile a close of the pool breaks the pull.
   * @template Step
   * @param {Promise<Step>} next
   */
  async #unlessClosed(next) {
    const { closing } = this.#pool;
    closing.add(this.#closed);
    try {
      return await next;
    } finally {
      closing.delete(this.#closed);
    }
  }

  #closed = () => this.#fail(errors.refused('ERR_POOL_CLOSED'));

  /**
   * @param {unknown} value
   * @param {number} index
   */
  async #submit(value, index) {
    let result;
    try {
      result = await (this.#pool.limitsBytes ? this.#runWhenRoom(value) : this.#pool.run(value, this.#taskOptions));
    } catch (error) {
      this.interrupted = { error };
      try {
        if (!this.#stopped) this.#receiver.taskFailed(index, error);
      } catch {
        return;
      }
      this.interrupted = undefined;
      return;
    }
    if (this.#stopped) return;
    try {
      this.#progress.advance();
    } catch (error) {
      this.#fail(error);
    }
    if (!this.#stopped) this.#receiver.completed(index, result);
  }

  /**
   * Runs a task as soon as there is room for its bytes, whose number is known only when the task is submitted.
   * @param {unknown} value
   */
  async #runWhenRoom(value) {
    for (;;) {
      try {
        return await this.#pool.run(value, this.#taskOptions);
      } catch (error) {
        const isRefused = /** @type {{ code?: unknown } | undefined} */ (error)?.code === 'ERR_POOL_QUEUE_FULL';
        if (this.#stopped || !isRefused) throw error;
      }
      const waiter = {};
      this.#refused.add(waiter);
      await this.#pool.ready(waiter);
      this.#refused.delete(waiter);
    }
  }

  /** @returns {Promise<void>} resolves when an item is released. */
  #waitForRelease() {
    return new NativePromise((resolve) => {
      this.#resume = () => {
        this.#resume = undefined;
        resolve();
      };
    });
  }
}

module.exports = { BoundedPull };
