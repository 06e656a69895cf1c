'use strict';

// How many small tasks go through a pool in a second.

const { POOLS } = require('../candidates');
const { give } = require('../burst');
const { median } = require('../statistics');

module.exports = {
  name: 'throughput',
  title: 'Throughput of small tasks',
  about:
    '100,000 tasks `run({ n: 1 })` given at once to 2 workers and awaited together. Timed from the first call of ' +
    '`run` until all have settled, again and again for two seconds; the median, after as long a warm-up.',
  metrics: [
    { key: 'perSecond', title: 'throughput', unit: 'tasks/s', better: 'more' },
    { key: 'perTask', title: 'time per task', unit: 'ns', better: 'less' },
  ],
  chart: { metrics: ['perSecond'], log: true },
  candidates: [...POOLS, 'promises settled later', 'bare promises'],

  async measure({ create, quick }) {
    const count = quick ? 20_000 : 100_000;
    const pool = create(2, { burst: true });
    const time = quick ? 300 : 2_000;
    await bursts(pool, count, time);
    const ms = median(await bursts(pool, count, time));
    return { perSecond: count / (ms / 1e3), perTask: (ms * 1e6) / count };
  },
};

/** Gives `count` tasks at a time for about so many ms. @returns the ms of each burst, one at least. */
async function bursts(pool, count, time) {
  const times = [];
  const end = performance.now() + time;
  do {
    const start = performance.now();
    await Promise.all(give(pool, count));
    times.push(performance.now() - start);
  } while (performance.now() < end);
  return times;
}
