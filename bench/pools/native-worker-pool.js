'use strict';

// This package, from the checkout.

module.exports = {
  name: 'native-worker-pool',
  kind: 'ours',
  note: '`new WorkerPool(size)` with the built-in worker `native:fib`.',

  load() {
    const { WorkerPool } = require('../..');
    return (size) => new WorkerPool(size);
  },
};
