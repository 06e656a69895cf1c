'use strict';

// The progress of `map` and `stream`, which `onProgress` receives.

const { inContext } = require('../api/async-context');
const { lengthOf } = require('./source');

/** @typedef {import('../api/options').MapOptions} MapOptions */

class Progress {
  #onProgress;
  /** How many tasks have a result. */
  #done = 0;
  /**
   * How many items there are; undefined if they have no length.
   * @type {number | undefined}
   */
  #total;

  /**
   * @param {Iterable<unknown> | AsyncIterable<unknown>} items
   * @param {MapOptions['onProgress']} onProgress
   */
  constructor(items, onProgress) {
    if (onProgress === undefined) return;
    this.#onProgress = inContext(onProgress);
    this.#total = lengthOf(items);
  }

  /**
   * Reports that one more task has a result.
   * @throws what `onProgress` throws.
   */
  advance() {
    this.#done++;
    this.#onProgress?.({ done: this.#done, total: this.#total });
  }
}

module.exports = { Progress };
