'use strict';

// The round-trip time of a single task on an idle pool.

const { POOLS } = require('../candidates');
const { warmUp } = require('../burst');
const { percentile } = require('../statistics');

module.exports = {
  name: 'latency',
  title: 'Latency of one task at a time',
  about: '`await pool.run({ n: 1 })` 10,000 times in sequence with 2 workers, each timed separately, after a warm-up.',
  metrics: [
    { key: 'p50', title: 'p50', unit: 'µs', better: 'less' },
    { key: 'p99', title: 'p99', unit: 'µs', better: 'less' },
    { key: 'p999', title: 'p99.9', unit: 'µs', better: 'less' },
  ],
  chart: { metrics: ['p50', 'p99', 'p999'], log: true },
  candidates: POOLS,

  async measure({ create, quick }) {
    const pool = create(2);
    await warmUp(pool);
    await oneByOne(pool, 1_000);
    const times = await oneByOne(pool, quick ? 3_000 : 10_000);
    return { p50: percentile(times, 50), p99: percentile(times, 99), p999: percentile(times, 99.9) };
  },
};

/** @returns the times in microseconds. */
async function oneByOne(pool, count) {
  const times = new Float64Array(count);
  for (let i = 0; i < count; i++) {
    const start = performance.now();
    await pool.run({ n: 1 });
    times[i] = (performance.now() - start) * 1e3;
  }
  return times;
}
