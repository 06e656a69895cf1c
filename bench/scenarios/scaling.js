'use strict';

// Whether two workers have twice the throughput of one.

const { POOLS } = require('../candidates');
const { median } = require('../statistics');

const N = 32;
const TASKS = 24;
const TIMES = 7;

module.exports = {
  name: 'scaling',
  title: 'Scaling from one worker to two',
  about:
    `The wall time of ${TASKS} tasks \`fib(${N})\` that are submitted at once to 1 worker and to 2, alternately, ${TIMES} ` +
    'times; and the ratio of the two, which is at best 2 on a machine with two free cores. Medians.',
  metrics: [
    { key: 'ratio', title: 'speed-up', unit: 'times', better: 'more' },
    { key: 'one', title: '1 worker', unit: 'ms', better: 'less' },
    { key: 'two', title: '2 workers', unit: 'ms', better: 'less' },
  ],
  chart: { metrics: ['one', 'two'], log: true },
  candidates: [...POOLS, 'V8 alone'],

  async measure({ name, create, quick }) {
    const ones = [];
    const twos = [];
    const [one, two] = [create(1), create(2)];
    await Promise.all([time(one), time(two)]);
    for (let i = 0; i < (quick ? 1 : TIMES); i++) {
      ones.push(await time(one));
      twos.push(await time(two));
    }
    if (name === 'V8 alone') return { one: median(ones) };
    return { ratio: median(ones.map((ms, i) => ms / twos[i])), one: median(ones), two: median(twos) };
  },
};

async function time(pool) {
  const start = performance.now();
  await Promise.all(Array.from({ length: TASKS }, () => pool.run({ n: N })));
  return performance.now() - start;
}
