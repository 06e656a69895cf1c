'use strict';

// piscina, set up as its README says.

const path = require('node:path');

module.exports = {
  name: 'piscina',
  kind: 'peer',
  package: 'piscina',
  note:
    '`minThreads` and `maxThreads` = size, so that threads neither come nor go; `taskQueue: new FixedQueue()`, which its ' +
    'README recommends for long queues; `recordTiming: false`; `atomics` as by default (`sync`), its fastest. ' +
    '`concurrentTasksPerWorker` is 1, as the README says that more only makes sense for asynchronous tasks; but for ' +
    'bursts of small tasks (throughput, event-loop, queue-growth) it is 16, which is twice as fast here.',

  load() {
    const { Piscina, FixedQueue } = require('piscina');
    const filename = path.resolve(__dirname, '../workers/function.js');
    return (size, { burst = false } = {}) =>
      new Piscina({
        filename,
        minThreads: size,
        maxThreads: size,
        taskQueue: new FixedQueue(),
        recordTiming: false,
        concurrentTasksPerWorker: burst ? 16 : 1,
      });
  },
};
