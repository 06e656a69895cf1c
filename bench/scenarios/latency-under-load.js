'use strict';

// How long a task takes when tasks keep coming, whether or not the earlier ones are done.

const { POOLS } = require('../candidates');
const { warmUp } = require('../burst');
const { percentile } = require('../statistics');

const RATE = 2_000; // a second: some fifth of what the slowest of the pools gets through

module.exports = {
  name: 'latency-under-load',
  title: 'Latency at a steady rate',
  about:
    `${RATE.toLocaleString('en')} tasks \`run({ n: 1 })\` a second for 3 seconds, 2 workers. Each task has its due time, ` +
    'and its latency counts from then, also if it could only be given later: a pool that holds up the event loop pays ' +
    'for every task that came due meanwhile. The event loop is polled (`setImmediate`), as timers are not finer than a ' +
    'millisecond, so waking it up is not part of the latency, for any pool.',
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
    await openLoop(pool, 0.5);
    const times = await openLoop(pool, quick ? 1 : 3);
    return { p50: percentile(times, 50), p99: percentile(times, 99), p999: percentile(times, 99.9) };
  },
};

/** @returns {Promise<Float64Array>} microseconds from when each task was due until it had settled. */
function openLoop(pool, seconds) {
  const count = Math.round(RATE * seconds);
  const times = new Float64Array(count);
  const start = performance.now();
  let given = 0;
  let settled = 0;
  return new Promise((resolve, reject) => {
    const giveWhatIsDue = () => {
      const now = performance.now();
      while (given < count && dueAt(given) <= now) give(given++);
      if (given < count) setImmediate(giveWhatIsDue);
    };
    const give = (i) => {
      pool.run({ n: 1 }).then(() => {
        times[i] = (performance.now() - dueAt(i)) * 1e3;
        if (++settled === count) resolve(times);
      }, reject);
    };
    const dueAt = (i) => start + (i * 1e3) / RATE;
    giveWhatIsDue();
  });
}
