'use strict';

// The same JavaScript on the main thread, without a pool, to measure the computation alone.

const { fib } = require('../workers/fib');

module.exports = {
  name: 'V8 alone',
  kind: 'reference',
  note: 'The function of the JavaScript workers, called on the main thread.',

  load() {
    return () => ({ run: async ({ n }) => ({ n, result: fib(n) }) });
  },
};
