'use strict';

// This package, from the checkout.

module.exports = {
  name: 'native-worker-pool',
  kind: 'ours',
  note:
    "`new WorkerPool(size, 'native:NAME')` with the native task of the scenario: `fib`, `hash`, `hashPassword`, `compress`, " +
    '`decompress`, `image` or `imageInfo`.',

  load() {
    const { WorkerPool } = require('../..');
    return (size, { task = 'fib' } = {}) => new WorkerPool(size, `native:${task}`);
  },
};
