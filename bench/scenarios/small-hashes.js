'use strict';

// Hashes of small inputs: what a pool adds to the hash itself.

const { createHash } = require('node:crypto');
const { monitorEventLoopDelay } = require('node:perf_hooks');
const { median } = require('../statistics');

const SMALL = new Uint8Array(64);
const MEDIUM = new Uint8Array(2 ** 16);
const LARGE = new Uint8Array(2 ** 20);

/** The number of tasks that are in flight for the speed-up. */
const IN_FLIGHT = 16;

module.exports = {
  name: 'small-hashes',
  title: 'Hashes of small inputs',
  about:
    'SHA-256 by 2 workers. 100,000 inputs of 64 bytes, submitted at once and awaited together; the median of 5 such bursts ' +
    'after one. 2,000 inputs of 64 KiB, 16 in flight, by 1 worker and by 2 alternately: the ratio of the two times, the ' +
    'median of 7. The 99th percentile of the delay of the event loop while 2 workers hash 20,000 of them, by ' +
    '`monitorEventLoopDelay`, which includes its resolution of 1 ms. The synchronous part of `run({ data })`, which copies ' +
    'the data, in percent of the time of `createHash` for the same data on the main thread, alternately; medians of 1,000.',
  metrics: [
    { key: 'perSecond', title: '100,000 of 64 bytes', unit: 'hashes/s', better: 'more' },
    { key: 'speedUp', title: 'speed-up of 2 workers, 64 KiB', unit: 'times', better: 'more' },
    { key: 'delay', title: 'p99 of the event loop, 64 KiB', unit: 'ms', better: 'less' },
    { key: 'medium', title: 'call of `run`, 64 KiB', unit: '% of the hash', better: 'less' },
    { key: 'large', title: 'call of `run`, 1 MiB', unit: '% of the hash', better: 'less' },
  ],
  chart: { metrics: ['perSecond'], log: true },
  candidates: ['native-worker-pool', 'piscina'],

  async measure({ create, quick }) {
    const perSecond = await throughput(create(2, { burst: true, task: 'hash' }), quick);
    const [one, two] = [create(1, { task: 'hash' }), create(2, { task: 'hash' })];
    const times = quick ? 20 : 1_000;
    return {
      perSecond,
      speedUp: await scaling(one, two, quick),
      delay: await delayOf(two, quick),
      medium: await callOfRun(one, MEDIUM, times),
      large: await callOfRun(one, LARGE, times),
    };
  },
};

async function throughput(pool, quick) {
  const count = quick ? 10_000 : 100_000;
  const burst = () => Promise.all(Array.from({ length: count }, () => pool.run({ data: SMALL })));
  await burst();
  const times = [];
  for (let i = 0; i < (quick ? 1 : 5); i++) times.push(await timeOf(burst));
  return count / (median(times) / 1e3);
}

async function scaling(one, two, quick) {
  const [count, times] = quick ? [200, 1] : [2_000, 7];
  await Promise.all([hashMany(one, count), hashMany(two, count)]);
  const ratios = [];
  for (let i = 0; i < times; i++) {
    const alone = await timeOf(() => hashMany(one, count));
    ratios.push(alone / (await timeOf(() => hashMany(two, count))));
  }
  return median(ratios);
}

/** The 99th percentile of the delay of the event loop while `pool` hashes 64 KiB. */
async function delayOf(pool, quick) {
  const delays = monitorEventLoopDelay({ resolution: 1 });
  delays.enable();
  await hashMany(pool, quick ? 2_000 : 20_000);
  delays.disable();
  return delays.percentile(99) / 1e6;
}

/** Hashes `count` inputs of 64 KiB. A few are in flight, since all at once would need more than 100 MB. */
async function hashMany(pool, count) {
  let submitted = 0;
  const submit = async () => {
    while (submitted++ < count) await pool.run({ data: MEDIUM });
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, submit));
}

/** The time in which `run` returns, in percent of the time of the hash itself. */
async function callOfRun(pool, data, times) {
  const calls = [];
  const hashes = [];
  for (let i = 0; i < times; i++) {
    const start = performance.now();
    const settled = pool.run({ data });
    calls.push(performance.now() - start);
    await settled;
    hashes.push(await timeOf(() => createHash('sha256').update(data).digest()));
  }
  return (100 * median(calls)) / median(hashes);
}

async function timeOf(call) {
  const start = performance.now();
  await call();
  return performance.now() - start;
}
