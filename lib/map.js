'use strict';

// `pool.map`: runs a task for each item and gathers the results.

const { Feed } = require('./feed');

/** @returns {Promise<unknown[]>} the results in the order of the items; the first error stops the rest. */
function map(pool, items, { signal, onProgress }) {
  const total = typeof items.length === 'number' ? items.length : undefined;
  const results = [];
  let done = 0;
  let count; // of the items, when the source has ended
  let failed = false;

  return new Promise((resolve, reject) => {
    const finishIfDone = () => {
      if (done === count) feed.stop().then(() => resolve(results));
    };
    const fail = (error) => {
      if (failed) return; // the others are aborted
      failed = true;
      feed.stop().then(() => reject(error));
    };
    const succeed = (index, result) => {
      if (failed) return;
      results[index] = result;
      done++;
      try {
        onProgress?.({ done, total });
      } catch (error) {
        return fail(error);
      }
      feed.landed();
      finishIfDone();
    };
    const feed = new Feed(pool, items, signal, {
      task: (task, index) => task.then((result) => succeed(index, result), fail),
      ended: (all) => {
        count = all;
        finishIfDone();
      },
      failed: fail,
    });
    feed.start();
  });
}

module.exports = { map };
