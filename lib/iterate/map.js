'use strict';

// `pool.map`: runs a task for each item and collects the results.

const { later } = require('../platform/event-loop');
const { BoundedPull } = require('./bounded-pull');
const { NativePromise } = require('../platform/promise');

/** @typedef {import('../api/options').MapOptions} MapOptions */
/** @typedef {import('./bounded-pull').Items} Items */
/** @typedef {import('./bounded-pull').PullTarget} PullTarget */

/**
 * @param {PullTarget} pool
 * @param {Items} items
 * @param {MapOptions} options
 * @returns {Promise<unknown[]>} the results in the order of the items. Rejects with the first error, which stops the
 *   rest.
 */
function map(pool, items, options) {
  /** @type {unknown[]} */
  const results = [];
  let completed = 0;
  /**
   * How many items there are. Set when the source has ended.
   * @type {number | undefined}
   */
  let count;
  let hasFailed = false;

  return new NativePromise((resolve, reject) => {
    const finishIfDone = async () => {
      if (completed !== count || hasFailed) return;
      await pull.stop();
      resolve(results);
    };
    // This may be called at the end of the stack, so the next turn of the event loop does the rest.
    const fail = (/** @type {unknown} */ error) => {
      if (hasFailed) return;
      later(() => finishFailed(error));
      hasFailed = true;
      pull.halt();
    };
    const finishFailed = async (/** @type {unknown} */ error) => {
      await pull.stop();
      reject(error);
    };
    const pull = new BoundedPull(pool, items, options, {
      completed: (index, result) => {
        results[index] = result;
        completed++;
        pull.release();
        finishIfDone();
      },
      taskFailed: (_index, error) => fail(error),
      ended: (all) => {
        count = all;
        finishIfDone();
      },
      pullFailed: fail,
    });
    pull.start();
    if (pull.interrupted !== undefined) throw pull.interrupted.error;
  });
}

module.exports = { map };
