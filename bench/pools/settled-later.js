'use strict';

// No pool, but what any pool's JavaScript has to do at least: promises that are settled later, in turns of
// the event loop. What it takes more than bare promises is nearly all V8's garbage collector, which has to
// carry 100,000 promises and the functions that settle them.

const SHARE = 256;

module.exports = {
  name: 'promises settled later',
  kind: 'reference',
  note:
    'No pool: each promise is kept in an array and resolved from `setImmediate`, 256 a turn, with an answer computed by ' +
    'nobody. What a pool takes beyond this is its own.',

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
