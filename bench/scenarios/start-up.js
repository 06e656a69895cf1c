'use strict';

// How long a pool takes until it has answered for the first time.

const { POOLS } = require('../candidates');

module.exports = {
  name: 'start-up',
  title: 'Start-up',
  about:
    'From creating a pool of 8 workers to the first result of `run({ n: 1 })`, in a fresh process each time. Loading the ' +
    'library is not counted; in the raw numbers it is `load`, in milliseconds.',
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
