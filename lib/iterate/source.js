'use strict';

// Where `map` and `stream` take their items from: any iterable or async iterable.

const { describe } = require('../api/describe');
const errors = require('../api/errors');
const { propertyOf } = require('../api/properties');

function checkItems(items) {
  if (methodOf(items, Symbol.asyncIterator) ?? methodOf(items, Symbol.iterator)) return;
  throw errors.invalidType('items', 'an iterable or async iterable', items);
}

/** How many items there are, if they say so. */
function lengthOf(items) {
  const length = propertyOf(items, 'length');
  return typeof length === 'number' ? length : undefined;
}

/** An iterator that may be stopped at any time. */
class Source {
  #iterator;
  #isAsync;
  /** It has ended by itself: there is nothing to return to. */
  #ended = false;
  /** A step was asked for and has not come. */
  #pending = false;
  /** It is at a step now, and cannot be asked to return. */
  #stepping = false;
  #returnsLater = false;

  constructor(items) {
    const open = methodOf(items, Symbol.asyncIterator);
    this.#isAsync = open !== undefined;
    this.#iterator = (open ?? methodOf(items, Symbol.iterator)).call(items);
  }

  /**
   * The next step of the iterator, or a promise of it if that is needed. As in `for await`, a promise
   * among the items of an iterable stands for its value.
   */
  next() {
    const step = this.#step();
    if (this.#isAsync) return this.#later(step);
    if (checked(step).done) this.#ended = true;
    return isThenable(step.value) ? this.#resolved(step) : step;
  }

  /**
   * Asks the iterator to return, since no more is wanted.
   * @returns {Promise<void> | undefined} to be waited for, if it is async and does not still owe its last step.
   */
  return() {
    if (this.#ended) return undefined;
    if (this.#stepping) {
      this.#returnsLater = true;
      return undefined;
    }
    this.#ended = true;
    const returned = this.#askToReturn();
    return this.#isAsync && !this.#pending ? returned : undefined;
  }

  /** What it throws does not matter: its user hears of whatever stopped it. */
  async #askToReturn() {
    try {
      await this.#iterator.return?.();
    } catch {}
  }

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

/** As a loop would. */
function checked(step) {
  if ((typeof step !== 'object' && typeof step !== 'function') || step === null) {
    throw new TypeError(`Iterator result ${describe(step)} is not an object`);
  }
  return step;
}

function methodOf(value, name) {
  const method = value?.[name];
  return typeof method === 'function' ? method : undefined;
}

function isThenable(value) {
  const isObject = (typeof value === 'object' && value !== null) || typeof value === 'function';
  return isObject && typeof value.then === 'function';
}

module.exports = { checkItems, lengthOf, Source };
