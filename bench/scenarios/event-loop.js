'use strict';

// How long the results of many tasks block the event loop.

const { setImmediate: nextTurn } = require('node:timers/promises');
const { give, warmUp } = require('../burst');
const { POOLS } = require('../candidates');

module.exports = {
  name: 'event-loop',
  title: 'Longest pause of the event loop',
  about:
    '100,000 tasks `run({ n: 1 })` are submitted at once to 2 workers. The result is the longest turn of the event loop, ' +
    'from one `setImmediate` to the next, for which timers and I/O must wait. Submitting the tasks does not count; the ' +
    'microtasks after it do.',
  metrics: [{ key: 'longest', title: 'longest pause', unit: 'ms', better: 'less' }],
  chart: { metrics: ['longest'], log: true },
  candidates: POOLS,

  async measure({ create, quick }) {
    const pool = create(2, { burst: true });
    await warmUp(pool);
    let settled = false;
    const all = Promise.all(give(pool, quick ? 20_000 : 100_000)).then(() => {
      settled = true;
    });
    let longest = 0;
    let last = performance.now();
    while (!settled) {
      await nextTurn();
      const now = performance.now();
      longest = Math.max(longest, now - last);
      last = now;
    }
    await all;
    return { longest };
  },
};
