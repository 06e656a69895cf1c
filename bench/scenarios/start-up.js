'use strict';

// The time from the creation of a pool to its first result.

const { POOLS } = require('../candidates');

module.exports = {
  name: 'start-up',
  title: 'Start-up',
  about:
    'From the creation of a pool of 8 workers to the first result of `run({ n: 1 })`, each time in a new process. Loading ' +
    'the library does not count; it is `load` in the raw numbers, in milliseconds.',
  metrics: [{ key: 'firstResult', title: 'first result', unit: 'ms', better: 'less' }],
  chart: { metrics: ['firstResult'], log: true },
  candidates: POOLS,
  processes: 5,

  async measure({ create }) {
    const start = performance.now();
    await create(8).run({ n: 1 });
    return { firstResult: performance.now() - start };
  },
};
