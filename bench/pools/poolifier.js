'use strict';

// poolifier, configured as its guidelines recommend.

const path = require('node:path');

module.exports = {
  name: 'poolifier',
  kind: 'peer',
  package: 'poolifier',
  note:
    '`FixedThreadPool(size)`, which its guidelines suggest for CPU-intensive tasks; `enableEvents: false`, since nothing ' +
    'listens; the strategy `ROUND_ROBIN`, which is the fastest for equal tasks or an even mix. `enableTasksQueue` has its ' +
    'default `false`, which is several times faster: every task is posted to a thread at once and waits in its message port.',

  load() {
    const { FixedThreadPool, WorkerChoiceStrategies } = require('poolifier');
    const workerFile = path.resolve(__dirname, '../workers/poolifier.js');
    return (size) => {
      const pool = new FixedThreadPool(size, workerFile, {
        enableEvents: false,
        workerChoiceStrategy: WorkerChoiceStrategies.ROUND_ROBIN,
      });
      return { run: (data) => pool.execute(data) };
    };
  },
};
