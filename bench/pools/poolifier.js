'use strict';

// poolifier, set up as its guidelines say.

const path = require('node:path');

module.exports = {
  name: 'poolifier',
  kind: 'peer',
  package: 'poolifier',
  note:
    '`FixedThreadPool(size)`, which its guidelines suggest for CPU-intensive tasks; `enableEvents: false`, as nothing ' +
    'listens; the strategy `ROUND_ROBIN`, the fastest here, where tasks are equal or come in an even mix. ' +
    '`enableTasksQueue` is `false`, as by default, and several times faster so: every task goes to a thread at once and ' +
    'waits in its message port.',

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
