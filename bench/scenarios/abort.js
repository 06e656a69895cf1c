'use strict';

// The time from the abort of a running task until its worker is free.

const { percentile } = require('../statistics');
const { setTimeout: sleep } = require('node:timers/promises');

/** The n of a task that takes hours. */
const ENDLESS = { n: 70 };

/** The time after which the task certainly runs, in milliseconds. */
const UNDER_WAY_MS = 20;

module.exports = {
  name: 'abort',
  title: 'Abort of a running task',
  about:
    'One worker runs a task that would take hours, and its `AbortSignal` aborts it after 20 ms. Timed from the abort to the ' +
    'result of the next task, `run({ n: 1 })`, which is submitted right after the abort; 50 times. Only pools that support ' +
    'signals.',
  metrics: [
    { key: 'median', title: 'median', unit: 'ms', better: 'less' },
    { key: 'worst', title: 'worst', unit: 'ms', better: 'less' },
  ],
  chart: { metrics: ['median', 'worst'], log: true },
  candidates: ['native-worker-pool', 'piscina', 'tinypool'],

  async measure({ create, quick }) {
    const pool = create(1);
    await pool.run({ n: 1 });
    const times = new Float64Array(quick ? 10 : 50);
    for (let i = 0; i < times.length; i++) times[i] = await untilFree(pool);
    return { median: percentile(times, 50), worst: percentile(times, 100) };
  },
};

async function untilFree(pool) {
  const controller = new AbortController();
  const aborted = pool.run(ENDLESS, { signal: controller.signal }).catch(() => {});
  await sleep(UNDER_WAY_MS);
  const start = performance.now();
  controller.abort();
  await pool.run({ n: 1 });
  const time = performance.now() - start;
  await aborted;
  return time;
}
