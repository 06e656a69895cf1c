'use strict';

// The example of the project's document, and how much of it is the computing itself.

const { POOLS } = require('../candidates');

/** What is run with 2 workers too; the other pools compute the same as pool.js, and a round takes minutes. */
const WITH_TWO = ['native-worker-pool', 'pool.js'];

module.exports = {
  name: 'example',
  title: "The document's example",
  about:
    'Twelve Fibonacci numbers of n from 40 to 42 given at once, timed from when the pool has been made until the last ' +
    'result; and one `fib(40)` alone, with a single native worker and without any pool.',
  metrics: [
    { key: 'four', title: '4 workers', unit: 'ms', better: 'less' },
    { key: 'two', title: '2 workers', unit: 'ms', better: 'less' },
    { key: 'alone', title: 'fib(40) alone', unit: 'ms', better: 'less' },
  ],
  chart: { metrics: ['four', 'two', 'alone'], log: true },
  candidates: [...POOLS, 'V8 alone', 'C -O2', 'C -O3'],
  maxRounds: 3,
  seconds: 180,

  async measure({ name, create, quick }) {
    const least = quick ? 30 : 40;
    const values = {};
    if (POOLS.includes(name)) values.four = await timeOfMix(create(4), least);
    if (WITH_TWO.includes(name)) values.two = await timeOfMix(create(2), least);
    if (name === 'native-worker-pool' || !POOLS.includes(name)) values.alone = await timeAlone(create(1), least);
    return values;
  },
};

async function timeOfMix(pool, least) {
  const start = performance.now();
  await Promise.all(Array.from({ length: 12 }, (_, i) => pool.run({ n: least + (i % 3) })));
  return performance.now() - start;
}

async function timeAlone(pool, n) {
  const start = performance.now();
  const { ms } = await pool.run({ n });
  return ms ?? performance.now() - start;
}
