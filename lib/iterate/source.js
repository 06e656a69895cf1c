'use strict';

// The source of the items of `map` and `stream`: any iterable or async iterable.

const { describe } = require('../api/describe');
const errors = require('../api/errors');
const { propertyOf } = require('../api/properties');

/** @typedef {{ done?: boolean, value?: unknown }} Step A result of an iterator. */

/**
 * @typedef {object} AnyIterator
 * @property {() => unknown} next
 * @property {() => unknown} [return]
 */

/**
 * @param {unknown} items
 * @throws {TypeError} `ERR_INVALID_ARG_TYPE` if `items` cannot be iterated.
 */
function checkItems(items) {
  if (methodOf(items, Symbol.asyncIterator) ?? methodOf(items, Symbol.iterator)) return;
  throw errors.invalidType('items', 'an iterable or async iterable', items);
}

/**
 * @param {unknown} items
 * @returns {number | undefined} how many items there are, if `items` has a length.
 */
function lengthOf(items) {
  const length = propertyOf(items, 'length');
  return typeof length === 'number' ? length : undefined;
}

/** An iterator that may be stopped at any time. */
class Source {
  /** @type {AnyIterator} */
  #iterator;
  #isAsync;
  /** The iterator has ended, or its `return` was called. */
  #ended = false;
  /** The promise of a step has not settled. */
  #pending = false;
  /** A call of `next` is on the stack, so `return` must wait. */
  #stepping = false;
  #returnsLater = false;

  /** @param {Iterable<unknown> | AsyncIterable<unknown>} items */
  constructor(items) {
    const open = methodOf(items, Symbol.asyncIterator);
    this.#isAsync = open !== undefined;
    this.#iterator = /** @type {Method} */ (open ?? methodOf(items, Symbol.iterator)).call(items);
  }

  /**
   * @returns {Step | Promise<Step>} the next step of the iterator; a promise of it only if the iterator or the item
   *   needs one. As in `for await`, a promise among the items of an iterable is replaced by its value.
   */
  next() {
    const step = this.#step();
    if (this.#isAsync) return this.#later(step);
    const result = checked(step);
    if (result.done) this.#ended = true;
    return isThenable(result.value) ? this.#resolved(result) : result;
  }

  /**
   * Makes the iterator return, since no more items are needed.
   * @returns {Promise<void> | undefined} what to wait for, if the iterator is async and its last step has settled.
   */
  return() {
    if (this.#ended) return undefined;
    if (this.#stepping) {
      this.#returnsLater = true;
      return undefined;
    }
    this.#ended = true;
    const returned = this.#returnIterator();
    return this.#isAsync && !this.#pending ? returned : undefined;
  }

  /** Ignores what the iterator throws: the caller learns what has stopped it. */
  async #returnIterator() {
    try {
      await this.#iterator.return?.();
    } catch {}
  }

  /**
   * @param {unknown} step
   * @returns {Promise<Step>}
   */
  async #later(step) {
    this.#pending = true;
    try {
      const { done, value } = checked(await step);
      if (done) this.#ended = true;
      return { done, value };
    } catch (error) {
      this.#ended = true;
      throw error;
    } finally {
      this.#pending = false;
    }
  }

  /**
   * @param {Step} step
   * @returns {Promise<Step>}
   */
  async #resolved({ done, value }) {
    return { done, value: await value };
  }

  #step() {
    this.#stepping = true;
    try {
      return this.#iterator.next();
    } catch (error) {
      this.#ended = true;
      throw error;
    } finally {
      this.#stepping = false;
      if (this.#returnsLater) this.return();
    }
  }
}

/**
 * Throws the error that a loop would throw for a step that is no object.
 * @param {unknown} step
 * @returns {Step}
 */
function checked(step) {
  if ((typeof step !== 'object' && typeof step !== 'function') || step === null) {
    throw new TypeError(`Iterator result ${describe(step)} is not an object`);
  }
  return step;
}

/** @typedef {(this: unknown) => AnyIterator} Method */

/**
 * @param {unknown} value
 * @param {symbol} name
 * @returns {Method | undefined}
 */
function methodOf(value, name) {
  const method = /** @type {{ [name: symbol]: unknown } | null | undefined} */ (value)?.[name];
  return typeof method === 'function' ? /** @type {Method} */ (method) : undefined;
}

/** @param {unknown} value */
function isThenable(value) {
  const isObject = (typeof value === 'object' && value !== null) || typeof value === 'function';
  return isObject && typeof (/** @type {{ then?: unknown }} */ (value).then) === 'function';
}

module.exports = { checkItems, lengthOf, Source };
