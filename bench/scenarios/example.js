'use strict';

// The example of the project's document.

const { POOLS } = require('../candidates');

/** The candidates that also run with 2 workers. Others compute the same as pool.js, and a round takes minutes. */
const WITH_TWO = ['native-worker-pool', 'pool.js'];

module.exports = {
  name: 'example',
  title: "The document's example",
  about:
    'Twelve Fibonacci numbers of n from 40 to 42, submitted at once. Timed from the creation of the pool to the last result.',
  metrics: [
    { key: 'four', title: '4 workers', unit: 'ms', better: 'less' },
    { key: 'two', title: '2 workers', unit: 'ms', better: 'less' },
  ],
  chart: { metrics: ['four', 'two'], log: true },
  candidates: POOLS,
  maxRounds: 3,
  seconds: 180,

  async measure({ name, create, quick }) {
    const least = quick ? 30 : 40;
    const four = await timeOfMix(create(4), least);
    return WITH_TWO.includes(name) ? { four, two: await timeOfMix(create(2), least) } : { four };
  },
};

async function timeOfMix(pool, least) {
  const start = performance.now();
  await Promise.all(Array.from({ length: 12 }, (_, i) => pool.run({ n: least + (i % 3) })));
  return performance.now() - start;
}
