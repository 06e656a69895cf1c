'use strict';

// tinypool, set up as the README of piscina says, to which its own refers. It is an ES module.

const path = require('node:path');

module.exports = {
  name: 'tinypool',
  kind: 'peer',
  package: 'tinypool',
  note:
    '`minThreads` and `maxThreads` = size; `useAtomics` as by default. It exports no queue but its own array. ' +
    '`concurrentTasksPerWorker` as for piscina: 1, and 16 for bursts of small tasks.',

  async load() {
    const { Tinypool } = await import('tinypool');
    const filename = path.resolve(__dirname, '../workers/function.js');
    return (size, { burst = false } = {}) =>
      new Tinypool({ filename, minThreads: size, maxThreads: size, concurrentTasksPerWorker: burst ? 16 : 1 });
  },
};
