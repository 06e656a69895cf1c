'use strict';

// Compares the pools with the same JavaScript function in a worker file.

const { give, warmUp } = require('../burst');
const { POOLS } = require('../candidates');
const { median } = require('../statistics');

const BURST = 10_000;
const SHORT = 1_000;
const LONG = 100_000;

module.exports = {
  name: 'worker-file',
  title: 'Small tasks in a worker file',
  about:
    'Tasks `run({ n: 1 })` are submitted at once to 2 workers and awaited together, after a warm-up. The throughput is ' +
    'that of bursts of 10,000, the median of three seconds. The growth is the cost of a task in bursts of 100,000, relative ' +
    'to bursts of 1,000; medians of 3 and 50 bursts. Every worker file has the same JavaScript function.',
  metrics: [
    { key: 'perSecond', title: '10,000 at once', unit: 'tasks/s', better: 'more' },
    { key: 'growth', title: 'cost of each of 100,000 to each of 1,000', unit: 'times', better: 'less' },
  ],
  chart: { metrics: ['perSecond'], log: true },
  candidates: POOLS,
  seconds: 60,

  async measure({ create, quick }) {
    const pool = create(2, { burst: true });
    await warmUp(pool);
    const perSecond = 1e3 / median(await costs(pool, BURST, { milliseconds: quick ? 500 : 3_000 }));
    const short = median(await costs(pool, SHORT, { bursts: quick ? 10 : 50 }));
    const long = median(await costs(pool, quick ? LONG / 10 : LONG, { bursts: quick ? 1 : 3 }));
    return { perSecond, growth: long / short };
  },
};

/** @returns the time of a task in each burst of `count`, in milliseconds. */
async function costs(pool, count, { bursts = 1, milliseconds = 0 }) {
  const found = [];
  const end = performance.now() + milliseconds;
  do {
    const start = performance.now();
    await Promise.all(give(pool, count));
    found.push((performance.now() - start) / count);
  } while (performance.now() < end || found.length < bursts);
  return found;
}
