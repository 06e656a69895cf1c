'use strict';

// What a worker takes of the memory of the process.

const { setTimeout: sleep } = require('node:timers/promises');
const { POOLS } = require('../candidates');

const SIZE = 64;
const LONG_ENOUGH = 29; // so that no worker is done before the others have their task

module.exports = {
  name: 'memory-per-worker',
  title: 'Memory per worker',
  about:
    'The growth of the resident set (RSS) from before a pool of 64 workers is created until each has computed ' +
    `\`fib(${LONG_ENOUGH})\` twice, after garbage collections of the main thread, divided by 64. The library is loaded before.`,
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
  await sleep(200); // what is freed concurrently
  global.gc();
  return process.memoryUsage.rss();
}
