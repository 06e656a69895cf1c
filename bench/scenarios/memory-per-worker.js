'use strict';

// The memory of a worker.

const { setTimeout: sleep } = require('node:timers/promises');
const { POOLS } = require('../candidates');

const SIZE = 64;
const LONG_ENOUGH = 29; // no worker finishes before all have a task

module.exports = {
  name: 'memory-per-worker',
  title: 'Memory per worker',
  about:
    'The growth of the resident set size (RSS) by a pool of 64 workers, of which each has computed ' +
    `\`fib(${LONG_ENOUGH})\` twice, divided by 64. Measured after garbage collections of the main thread. The library is loaded before.`,
  metrics: [{ key: 'rss', title: 'RSS', unit: 'KB', better: 'less' }],
  chart: { metrics: ['rss'], log: true },
  candidates: POOLS,

  async measure({ create }) {
    const before = await residentSet();
    const pool = create(SIZE);
    for (let times = 0; times < 2; times++) {
      await Promise.all(Array.from({ length: SIZE }, () => pool.run({ n: LONG_ENOUGH })));
    }
    return { rss: ((await residentSet()) - before) / SIZE / 1024 };
  },
};

async function residentSet() {
  global.gc();
  await sleep(200); // V8 frees some memory concurrently
  global.gc();
  return process.memoryUsage.rss();
}
