'use strict';

// Whether the cost of a task grows with the length of the queue.

const { setImmediate: nextTurn } = require('node:timers/promises');
const { give, warmUp } = require('../burst');
const { POOLS } = require('../candidates');
const { median } = require('../statistics');

const SHORT = 1_000;
const LONG = 1_000_000;
/**
 * Large enough that a full garbage collection, which takes seconds with a million tasks, is a small part of the time.
 */
const FRONT = 200_000;
const SECONDS = 10;
/** tinypool needs minutes for a million tasks, and none of its promises settles before the last task is done. */
const MOST = { tinypool: 100_000 };

module.exports = {
  name: 'queue-growth',
  title: 'Cost of a task as the queue grows',
  about:
    'The cost of a task when 1,000 and when 1,000,000 are submitted at once to 1 worker. It is the time to submit a task, ' +
    'plus the time after that divided by the number of tasks that settle. With 1,000 that is until all have settled (the ' +
    'median of 10 times). With 1,000,000 it is until 200,000 have settled or 10 seconds have passed, while the queue is ' +
    'still long. tinypool runs at most 100,000, since a million takes it minutes: "more than".',
  metrics: [
    { key: 'growth', title: 'growth', unit: 'times', better: 'less' },
    { key: 'short', title: '1,000 queued', unit: 'ns', better: 'less' },
    { key: 'long', title: '1,000,000 queued', unit: 'ns', better: 'less' },
  ],
  chart: { metrics: ['short', 'long'], log: true },
  candidates: POOLS,
  maxRounds: 3,
  seconds: 120,

  async measure({ name, create, quick }) {
    const pool = create(1, { burst: true });
    await warmUp(pool, 10_000);
    const costs = [];
    for (let i = 0; i < 10; i++) costs.push(await costWith(pool, SHORT, SECONDS));
    const short = median(costs);
    const most = quick ? LONG / 10 : LONG;
    const count = Math.min(most, (MOST[name] ?? LONG) / (quick ? 2 : 1));
    const long = await costWith(pool, count, quick ? 2 : SECONDS);
    const growth = long / short;
    if (count < most) return { growth: { moreThan: growth }, short, long: { moreThan: long } };
    return { growth, short, long };
  },
};

/** @returns the cost of a task in nanoseconds, when `count` are submitted at once. Measures for at most `seconds`. */
async function costWith(pool, count, seconds) {
  let settled = 0;
  const onSettled = () => {
    settled++;
  };
  const start = performance.now();
  for (const task of give(pool, count)) task.then(onSettled);
  const given = performance.now();
  let elapsed = 0;
  // No microtask is pending between turns, so every settled task is counted.
  while (settled === 0 || (settled < Math.min(count, FRONT) && elapsed < seconds * 1e3)) {
    await nextTurn();
    elapsed = performance.now() - given;
  }
  return ((given - start) / count + elapsed / settled) * 1e6;
}
