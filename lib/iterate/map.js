'use strict';

// `pool.map`: runs a task for each item and gathers the results.

const { later } = require('../platform/event-loop');
const { Feed } = require('./bounded-pull');
const { NativePromise } = require('../platform/promise');

/** @returns {Promise<unknown[]>} the results in the order of the items; the first error stops the rest. */
function map(pool, items, options) {
  const results = [];
  let completed = 0;
  let count; // of the items, when the source has ended
  let failure; // `{ error }`, if there is one

  return new NativePromise((resolve, reject) => {
    const finishIfDone = async () => {
      if (completed !== count || failure !== undefined) return;
      await feed.stop();
      resolve(results);
    };
    // This may be called at the end of the stack, so the rest is left to the next turn of the event loop.
    const fail = (error) => {
      if (failure !== undefined) return;
      later(finishFailed);
      failure = { error };
      feed.halt();
    };
    const finishFailed = async () => {
      await feed.stop();
      reject(failure.error);
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
