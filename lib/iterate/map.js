'use strict';

// `pool.map`: runs a task for each item and gathers the results.

const { later } = require('../platform/event-loop');
const { BoundedPull } = require('./bounded-pull');
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
      await pull.stop();
      resolve(results);
    };
    // This may be called at the end of the stack, so the rest is left to the next turn of the event loop.
    const fail = (error) => {
      if (failure !== undefined) return;
      later(finishFailed);
      failure = { error };
      pull.halt();
    };
    const finishFailed = async () => {
      await pull.stop();
      reject(failure.error);
    };
    const pull = new BoundedPull(pool, items, options, {
      completed: (index, result) => {
        results[index] = result;
        completed++;
        pull.release();
        finishIfDone();
      },
      failed: (_index, error) => fail(error),
      ended: (all) => {
        count = all;
        finishIfDone();
      },
      broke: fail,
    });
    pull.start();
    if (pull.interrupted !== undefined) throw pull.interrupted.error;
  });
}

module.exports = { map };
