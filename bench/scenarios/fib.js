'use strict';

// The speed of the computation itself, on one thread and without a queue.

const { median } = require('../statistics');

const TIMES = 9;

module.exports = {
  name: 'fib',
  title: 'The computing itself',
  about: `One \`fib(40)\` at a time; the median of ${TIMES}. With a single native worker, and without a pool.`,
  metrics: [{ key: 'alone', title: 'fib(40)', unit: 'ms', better: 'less' }],
  chart: { metrics: ['alone'], log: false },
  candidates: ['native-worker-pool', 'V8 alone', 'C -O2', 'C -O3'],

  async measure({ create, quick }) {
    const n = quick ? 30 : 40;
    const pool = create(1);
    const times = [];
    for (let i = 0; i < TIMES; i++) {
      const start = performance.now();
      const { ms } = await pool.run({ n });
      times.push(ms ?? performance.now() - start);
    }
    return { alone: median(times) };
  },
};
