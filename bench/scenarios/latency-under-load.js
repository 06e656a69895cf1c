'use strict';

// The latency of tasks that are submitted at a steady rate, whether or not earlier ones are done (an open loop).

const { POOLS } = require('../candidates');
const { warmUp } = require('../burst');
const { percentile } = require('../statistics');

const RATE = 2_000; // per second, about a fifth of the throughput of the slowest pool

/** V8 compiles some code again after the bursts of the first warm-up: 3,000 tasks, as in the other scenarios. */
const WARM_UP_S = 1.5;

module.exports = {
  name: 'latency-under-load',
  title: 'Latency at a steady rate',
  about:
    `${RATE.toLocaleString('en')} tasks \`run({ n: 1 })\` a second for 3 seconds, with 2 workers. The latency of a task ` +
    'counts from its due time, even if it was submitted later: a pool that blocks the event loop pays for every task that ' +
    'is due meanwhile. The event loop is polled with `setImmediate`, since timers have a resolution of a millisecond. So ' +
    'the latency does not include waking the event loop, for any pool.',
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
    await openLoop(pool, WARM_UP_S);
    const times = await openLoop(pool, quick ? 1 : 3);
    return { p50: percentile(times, 50), p99: percentile(times, 99), p999: percentile(times, 99.9) };
  },
};

/** @returns {Promise<Float64Array>} the time of each task from its due time until it settled, in microseconds. */
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
