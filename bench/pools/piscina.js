'use strict';

// piscina, configured as its README recommends.

const path = require('node:path');

/** The worker file of each task. */
const WORKERS = { fib: 'function.js', hash: 'hash.js' };

module.exports = {
  name: 'piscina',
  kind: 'peer',
  package: 'piscina',
  note:
    '`minThreads` and `maxThreads` = size, so that the number of threads is constant; `taskQueue: new FixedQueue()`, which its ' +
    'README recommends for long queues; `recordTiming: false`; the default of `atomics` (`sync`), which is the fastest. ' +
    '`concurrentTasksPerWorker` is 1, since the README recommends more only for asynchronous tasks. For bursts of small ' +
    'tasks (throughput, event-loop, queue-growth, small-hashes) it is 16, which is twice as fast here.',

  load() {
    const { Piscina, FixedQueue } = require('piscina');
    return (size, { burst = false, task = 'fib' } = {}) =>
      new Piscina({
        filename: path.resolve(__dirname, '../workers', WORKERS[task]),
        minThreads: size,
        maxThreads: size,
        taskQueue: new FixedQueue(),
        recordTiming: false,
        concurrentTasksPerWorker: burst ? 16 : 1,
      });
  },
};
