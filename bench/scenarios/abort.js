'use strict';

// How soon a worker is free again when the task that it runs is aborted.

const { percentile } = require('../statistics');
const { setTimeout: sleep } = require('node:timers/promises');

/** Takes hours. */
const ENDLESS = { n: 70 };

/** Until the task is surely running. */
const UNDER_WAY_MS = 20;

module.exports = {
  name: 'abort',
  title: 'Abort of a running task',
  about:
    'A pool of one worker runs a task that would take hours, which is aborted after 20 ms by its `AbortSignal`; from the ' +
    'abort to the result of the next task, `run({ n: 1 })`, given right after it. 50 times. Of the pools that take a signal.',
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
