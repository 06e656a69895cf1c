'use strict';

// workerpool with a dedicated worker script, so that it does not send the function with each task.

const path = require('node:path');

module.exports = {
  name: 'workerpool',
  kind: 'peer',
  package: 'workerpool',
  note:
    "A dedicated worker script; `workerType: 'thread'`; `minWorkers: 'max'` and `maxWorkers` = size, so that all threads " +
    'start with the pool, as in the other pools; the default queue (first in, first out).',

  load() {
    const workerpool = require('workerpool');
    const script = path.resolve(__dirname, '../workers/workerpool.js');
    return (size) => {
      const pool = workerpool.pool(script, { minWorkers: 'max', maxWorkers: size, workerType: 'thread' });
      return { run: (data) => pool.exec('fib', [data]) };
    };
  },
};
