'use strict';

// This package with a worker file, like the other pools.

const path = require('node:path');

module.exports = {
  name: 'native-worker-pool, worker file',
  kind: 'ours',
  note: '`new WorkerPool(size, file)` with the worker file of piscina and tinypool, which exports a function: JavaScript on `worker_threads`, as in the other pools.',

  load() {
    const { WorkerPool } = require('../..');
    const workerFile = path.resolve(__dirname, '../workers/function.js');
    return (size) => new WorkerPool(size, workerFile);
  },
};
