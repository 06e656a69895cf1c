'use strict';

// Whether two workers do twice what one does.

const { POOLS } = require('../candidates');
const { median } = require('../statistics');

const N = 32;
const TASKS = 24;

module.exports = {
  name: 'scaling',
  title: 'Scaling from one worker to two',
  about:
    `The wall time of ${TASKS} tasks \`fib(${N})\` given at once to 1 worker and to 2, medians of three; and the first ` +
    'divided by the second, which is 2 at best on a machine with two free cores.',
  metrics: [
    { key: 'ratio', title: 'speed-up', unit: 'times', better: 'more' },
    { key: 'one', title: '1 worker', unit: 'ms', better: 'less' },
    { key: 'two', title: '2 workers', unit: 'ms', better: 'less' },
  ],
  chart: { metrics: ['one', 'two'], log: true },
  candidates: [...POOLS, 'V8 alone'],

  async measure({ name, create, quick }) {
    const one = await timeWith(create(1), 1, quick);
    if (name === 'V8 alone') return { one };
    const two = await timeWith(create(2), 2, quick);
    return { ratio: one / two, one, two };
  },
};

async function timeWith(pool, size, quick) {
  await Promise.all(Array.from({ length: 2 * size }, () => pool.run({ n: N })));
  const times = [];
  for (let i = 0; i < (quick ? 1 : 3); i++) {
    const start = performance.now();
    await Promise.all(Array.from({ length: TASKS }, () => pool.run({ n: N })));
    times.push(performance.now() - start);
  }
  return median(times);
}
