'use strict';

// For how long the results that come back keep the event loop from everything else.

const { setImmediate: nextTurn } = require('node:timers/promises');
const { give, warmUp } = require('../burst');
const { POOLS } = require('../candidates');

module.exports = {
  name: 'event-loop',
  title: 'Longest pause of the event loop',
  about:
    '100,000 tasks `run({ n: 1 })` are given at once to 2 workers and come back. Timed is the longest turn of the event ' +
    'loop, from one `setImmediate` to the next: so long do timers and I/O wait. Giving the tasks is not counted, the ' +
    'microtasks right after it are.',
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
