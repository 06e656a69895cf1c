'use strict';

// The same JavaScript without a pool, on the main thread: what of a time is the computing itself.

const { fib } = require('../workers/fib');

module.exports = {
  name: 'V8 alone',
  kind: 'reference',
  note: 'The function of the JavaScript workers, called on the main thread.',

  load() {
    return () => ({ run: async ({ n }) => ({ n, result: fib(n) }) });
  },
};
