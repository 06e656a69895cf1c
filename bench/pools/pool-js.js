'use strict';

// The baseline: the pool on worker_threads that this package replaces.

const path = require('node:path');

module.exports = {
  name: 'pool.js',
  kind: 'peer',
  note: "The pool on `worker_threads` from the project's document (`__test__/support/worker-threads-pool.js`), with the package's `worker.js`. It has no options that change its speed.",

  load() {
    const { WorkerPool } = require('../../__test__/support/worker-threads-pool');
    const workerFile = path.resolve(__dirname, '../../worker.js');
    return (size) => new WorkerPool(size, workerFile);
  },
};
