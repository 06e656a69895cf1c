'use strict';

// Promises without a pool, as the upper bound of any pool's speed.

module.exports = {
  name: 'bare promises',
  kind: 'reference',
  note: 'No pool: `new Promise((resolve) => resolve(answer))` for each task, with a constant answer.',

  load() {
    const answer = { n: 1, result: 1 };
    return () => ({ run: () => new Promise((resolve) => resolve(answer)) });
  },
};
