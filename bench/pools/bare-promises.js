'use strict';

// No pool at all, only the promises: what no pool can be faster than.

module.exports = {
  name: 'bare promises',
  kind: 'reference',
  note: 'No pool: `new Promise((resolve) => resolve(answer))` for each task, computed by nobody.',

  load() {
    const answer = { n: 1, result: 1 };
    return () => ({ run: () => new Promise((resolve) => resolve(answer)) });
  },
};
