'use strict';

// Promises without a pool that settle in later turns of the event loop, which is the minimum for the JavaScript of any
// pool. Most of the difference to bare promises is the work of V8's garbage collector on 100,000 promises and the
// functions that settle them.

const SHARE = 256;

module.exports = {
  name: 'promises settled later',
  kind: 'reference',
  note:
    'No pool: each promise is stored in an array and resolved by `setImmediate`, 256 a turn, with a constant answer. The ' +
    'rest of the time of a pool is its own.',

  load() {
    const answer = { n: 1, result: 1 };
    const waiting = [];
    let settled = 0;
    const settle = () => {
      const end = Math.min(settled + SHARE, waiting.length);
      while (settled < end) waiting[settled++](answer);
      if (end < waiting.length) {
        setImmediate(settle);
      } else {
        waiting.length = 0;
        settled = 0;
      }
    };
    const run = () =>
      new Promise((resolve) => {
        if (waiting.push(resolve) === 1) setImmediate(settle);
      });
    return () => ({ run });
  },
};
