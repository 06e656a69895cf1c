'use strict';

// How many small tasks go through a pool in a second.

const { POOLS } = require('../candidates');
const { give, warmUp } = require('../burst');

module.exports = {
  name: 'throughput',
  title: 'Throughput of small tasks',
  about:
    '100,000 tasks `run({ n: 1 })` given at once to 2 workers and awaited together, after a warm-up. ' +
    'Timed from the first call of `run` until all have settled.',
  metrics: [
    { key: 'perSecond', title: 'throughput', unit: 'tasks/s', better: 'more' },
    { key: 'perTask', title: 'time per task', unit: 'ns', better: 'less' },
  ],
  chart: { metrics: ['perSecond'], log: true },
  candidates: [...POOLS, 'bare promises'],

  async measure({ create, quick }) {
    const count = quick ? 20_000 : 100_000;
    const pool = create(2, { burst: true });
    await warmUp(pool, 10_000);
    const start = performance.now();
    await Promise.all(give(pool, count));
    const ms = performance.now() - start;
    return { perSecond: count / (ms / 1e3), perTask: (ms * 1e6) / count };
  },
};
