'use strict';

// tinypool, configured as the README of piscina recommends, to which its own refers. It is an ES module.

const path = require('node:path');

module.exports = {
  name: 'tinypool',
  kind: 'peer',
  package: 'tinypool',
  note:
    '`minThreads` and `maxThreads` = size; the default of `useAtomics`. Its only queue is an array. ' +
    '`concurrentTasksPerWorker` as for piscina: 1, and 16 for bursts of small tasks.',

  async load() {
    const { Tinypool } = await import('tinypool');
    const filename = path.resolve(__dirname, '../workers/function.js');
    return (size, { burst = false } = {}) =>
      new Tinypool({ filename, minThreads: size, maxThreads: size, concurrentTasksPerWorker: burst ? 16 : 1 });
  },
};
