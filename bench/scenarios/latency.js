'use strict';

// The round-trip time of a single task on an idle pool.

const { POOLS } = require('../candidates');
const { warmUp } = require('../burst');
const { PERCENTILES, oneByOne, percentilesOf } = require('../one-by-one');
const { percentile } = require('../statistics');

module.exports = {
  name: 'latency',
  title: 'Latency of one task at a time',
  about: '`await pool.run({ n: 1 })` 10,000 times in sequence with 2 workers, each timed separately, after a warm-up.',
  metrics: [...PERCENTILES, { key: 'p999', title: 'p99.9', unit: 'µs', better: 'less' }],
  chart: { metrics: ['p50', 'p90', 'p99', 'p999'], log: true },
  candidates: POOLS,

  async measure({ create, quick }) {
    const pool = create(2);
    await warmUp(pool);
    await oneByOne(pool, 1_000);
    const times = await oneByOne(pool, quick ? 3_000 : 10_000);
    return { ...percentilesOf(times), p999: percentile(times, 99.9) };
  },
};
