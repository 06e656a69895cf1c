'use strict';

// The pools on equal terms: the same JavaScript in each.

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
    'Tasks `run({ n: 1 })` given at once to 2 workers and awaited together, after a warm-up: 10,000, the median of the ' +
    'bursts of three seconds; and how much more each of 100,000 costs than each of 1,000, medians of 3 and 50 bursts. ' +
    'Where there is a worker file, the same function of JavaScript is in it.',
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

/** @returns the milliseconds a task took in each burst of `count`. */
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
