'use strict';

// `map` and `stream` of a RemotePool: pull items from a source and run them, with a bounded number in flight.

const errors = require('../errors');
const { signals } = require('./signals');

/**
 * The outcome of one item.
 * @typedef {{ index: number, failed: boolean, value: unknown }} Outcome
 */

/** One pass over a source. The consumer takes outcomes as they arrive and releases their places. */
class Pull {
  #pool;
  #iterator;
  #options;
  #signal;
  #controller = new AbortController();
  #limit;
  #held = 0;
  #done = 0;
  #total;
  /** @type {Outcome[]} */
  #outcomes = [];
  /**
   * How many items there are. Set when the source has ended.
   * @type {number | undefined}
   */
  count;
  /**
   * The error of the source, of `onProgress` or of the signal.
   * @type {{ error: unknown } | undefined}
   */
  #failure;
  #isStopped = false;
  /** Wakes the consumer, and the loop that pulls. */
  #wakeConsumer = () => {};
  #wakePump = () => {};

  /**
   * @param {any} pool
   * @param {any} items
   * @param {any} options
   */
  constructor(pool, items, { signal, onProgress, ordered: _ordered, ...options }) {
    this.#pool = pool;
    this.#limit = pool.maxInFlight;
    this.#iterator = iteratorOf(items);
    this.#total = typeof items?.length === 'number' ? items.length : undefined;
    this.#signal = signal;
    this.#options = { ...options, signal: this.#controller.signal };
    this.onProgress = onProgress;
  }

  start() {
    if (this.#signal?.aborted) return this.#abort();
    if (this.#signal !== undefined) signals.join(this.#signal, this.#abort);
    this.#pump();
  }

  /** @returns {Promise<Outcome | undefined>} the next outcome to arrive; undefined if there is no further one. */
  async take() {
    for (;;) {
      if (this.#failure !== undefined) throw this.#failure.error;
      const outcome = this.#outcomes.shift();
      if (outcome !== undefined) return outcome;
      if (this.count !== undefined && this.#running === 0) return undefined;
      await new Promise((resolve) => {
        this.#wakeConsumer = () => resolve(undefined);
      });
    }
  }

  /** Makes room for a further item. */
  release() {
    this.#held--;
    this.#wakePump();
  }

  /** Pulls no more, aborts what is in flight, and lets the source return. Does nothing the second time. */
  async stop() {
    if (this.#isStopped) return;
    this.#isStopped = true;
    if (this.#signal !== undefined) signals.leave(this.#signal, this.#abort);
    this.#controller.abort(this.#signal?.reason);
    this.#wakePump();
    if (this.count !== undefined || this.#isPulling) return;
    try {
      const returned = this.#iterator.return?.();
      if (!this.#signal?.aborted) await returned;
    } catch {
      // The consumer learns what has stopped the pull.
    }
  }

  #running = 0;
  /** The source was asked for an item. A generator queues `return` behind that, perhaps for ever. */
  #isPulling = false;

  #abort = () => this.#fail(errors.aborted(this.#signal?.reason));

  /** @param {unknown} error */
  #fail(error) {
    this.#failure ??= { error };
    this.#wakeConsumer();
  }

  async #pump() {
    try {
      for (let index = 0; ; index++) {
        while (this.#held >= this.#limit && !this.#isStopped) {
          await new Promise((resolve) => {
            this.#wakePump = () => resolve(undefined);
          });
        }
        if (this.#isStopped) return;
        this.#isPulling = true;
        const { done, value } = await this.#iterator.next();
        const item = done ? undefined : await value;
        this.#isPulling = false;
        if (done) {
          this.count = index;
          this.#wakeConsumer();
          return;
        }
        if (this.#isStopped) {
          await this.#iterator.return?.();
          return;
        }
        await this.#pool.ready();
        if (this.#isStopped) return;
        this.#held++;
        this.#run(index, item);
      }
    } catch (error) {
      this.#isPulling = false;
      this.#fail(error);
    }
  }

  /**
   * @param {number} index
   * @param {unknown} item
   */
  async #run(index, item) {
    this.#running++;
    /** @type {Outcome} */
    let outcome;
    try {
      outcome = { index, failed: false, value: await this.#pool.run(item, this.#options) };
    } catch (value) {
      outcome = { index, failed: true, value };
    }
    this.#running--;
    if (this.#isStopped) return;
    this.#outcomes.push(outcome);
    if (!outcome.failed) this.#progress();
    this.#wakeConsumer();
  }

  #progress() {
    try {
      this.onProgress?.({ done: ++this.#done, total: this.#total });
    } catch (error) {
      this.#fail(error);
    }
  }
}

/**
 * @param {any} pool
 * @param {any} items
 * @param {any} options
 * @returns {Promise<unknown[]>} the results in the order of the items. Rejects with the first error.
 */
async function map(pool, items, options) {
  const pull = new Pull(pool, items, options);
  /** @type {unknown[]} */
  const results = [];
  pull.start();
  try {
    for (let outcome = await pull.take(); outcome !== undefined; outcome = await pull.take()) {
      if (outcome.failed) throw outcome.value;
      results[outcome.index] = outcome.value;
      pull.release();
    }
  } finally {
    await pull.stop();
  }
  return results;
}

/**
 * @param {any} pool
 * @param {any} items
 * @param {any} options
 */
function stream(pool, items, options) {
  const pull = new Pull(pool, items, options);
  return options.ordered ? inOrder(pull) : asTheyArrive(pull);
}

/** @param {Pull} pull */
async function* asTheyArrive(pull) {
  pull.start();
  try {
    for (let outcome = await pull.take(); outcome !== undefined; outcome = await pull.take()) {
      if (outcome.failed) throw outcome.value;
      yield outcome.value;
      pull.release();
    }
  } finally {
    await pull.stop();
  }
}

/** @param {Pull} pull */
async function* inOrder(pull) {
  /** @type {Map<number, Outcome>} */
  const early = new Map();
  pull.start();
  try {
    for (let index = 0; ; ) {
      const outcome = await pull.take();
      if (outcome === undefined) return;
      early.set(outcome.index, outcome);
      for (let next = early.get(index); next !== undefined; next = early.get(index)) {
        if (next.failed) throw next.value;
        early.delete(index++);
        yield next.value;
        pull.release();
      }
    }
  } finally {
    await pull.stop();
  }
}

/** @param {any} items */
function iteratorOf(items) {
  const open = items?.[Symbol.asyncIterator] ?? items?.[Symbol.iterator];
  if (typeof open !== 'function') throw errors.invalidType('items', 'an iterable or async iterable', items);
  return open.call(items);
}

module.exports = { map, stream };
