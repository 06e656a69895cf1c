'use strict';

// `pool.map`: runs a task for each item and gathers the results.

const { Feed } = require('./feed');
const { NativePromise } = require('./promise');

/** @returns {Promise<unknown[]>} the results in the order of the items; the first error stops the rest. */
function map(pool, items, options) {
  const results = [];
  let completed = 0;
  let count; // of the items, when the source has ended

  return new NativePromise((resolve, reject) => {
    const finishIfDone = async () => {
      if (completed !== count) return;
      await feed.stop();
      resolve(results);
    };
    const fail = async (error) => {
      await feed.stop();
      reject(error);
    };
    const feed = new Feed(pool, items, options, {
      completed: (index, result) => {
        results[index] = result;
        completed++;
        feed.landed();
        finishIfDone();
      },
      failed: (_index, error) => fail(error),
      ended: (all) => {
        count = all;
        finishIfDone();
      },
      broke: fail,
    });
    feed.start();
  });
}

module.exports = { map };
