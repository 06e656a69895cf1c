'use strict';

// The throughput of small tasks.

const { POOLS } = require('../candidates');
const { give } = require('../burst');
const barePromises = require('../pools/bare-promises');
const { median } = require('../statistics');

module.exports = {
  name: 'throughput',
  title: 'Throughput of small tasks',
  about:
    '100,000 tasks `run({ n: 1 })` are submitted at once to 2 workers and awaited together, repeatedly for two seconds, ' +
    'after a warm-up of two seconds. Timed from the first call of `run` until all have settled; the median. For two more ' +
    'seconds this alternates with as many bare promises in the same process, to compare the throughput of both.',
  metrics: [
    { key: 'perSecond', title: 'throughput', unit: 'tasks/s', better: 'more' },
    { key: 'perTask', title: 'time per task', unit: 'ns', better: 'less' },
    { key: 'ofBare', title: 'of bare promises by turns', unit: 'times', better: 'more' },
  ],
  chart: { metrics: ['perSecond'], log: true },
  candidates: [...POOLS, 'promises settled later', 'bare promises'],

  async measure({ create, quick }) {
    const count = quick ? 20_000 : 100_000;
    const pool = create(2, { burst: true });
    const time = quick ? 300 : 2_000;
    await bursts(pool, count, time);
    const ms = median(await bursts(pool, count, time));
    return { perSecond: count / (ms / 1e3), perTask: (ms * 1e6) / count, ofBare: await ofBare(pool, count, time) };
  },
};

/**
 * Runs bursts of `count` tasks for about `time` milliseconds. @returns the milliseconds of each burst, at least one.
 */
async function bursts(pool, count, time) {
  const times = [];
  const end = performance.now() + time;
  do times.push(await burst(pool, count));
  while (performance.now() < end);
  return times;
}

/** The throughput of `pool` divided by that of bare promises, in alternating bursts. */
async function ofBare(pool, count, time) {
  const bare = barePromises.load()();
  const [ours, theirs] = [[], []];
  const end = performance.now() + time;
  do {
    ours.push(await burst(pool, count));
    theirs.push(await burst(bare, count));
  } while (performance.now() < end);
  return median(theirs) / median(ours);
}

async function burst(pool, count) {
  const start = performance.now();
  await Promise.all(give(pool, count));
  return performance.now() - start;
}
