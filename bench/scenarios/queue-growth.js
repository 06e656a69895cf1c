'use strict';

// Whether a task costs more when a great many others wait.

const { setImmediate: nextTurn } = require('node:timers/promises');
const { give, warmUp } = require('../burst');
const { POOLS } = require('../candidates');
const { median } = require('../statistics');

const SHORT = 1_000;
const LONG = 1_000_000;
/** Long enough that a collection of the whole heap, some seconds with a million tasks, is no large part. */
const FRONT = 200_000;
const SECONDS = 10;
/** tinypool needs minutes for a million, and none of its promises settles before the last task is done. */
const MOST = { tinypool: 100_000 };

module.exports = {
  name: 'queue-growth',
  title: 'Cost of a task as the queue grows',
  about:
    'What a task costs when 1,000 and when 1,000,000 are given at once to 1 worker: the time of giving it, and the time ' +
    'from then on divided by the tasks that settle in it: until all 1,000 have settled (the median of 10 times), and for ' +
    'the first 200,000 of the 1,000,000, or 10 seconds, while the queue is still long. tinypool is given 100,000 at most, as a ' +
    'million takes it minutes: "more than".',
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

/** @returns nanoseconds a task, of `count` given at once, or of those that settle within `seconds`. */
async function costWith(pool, count, seconds) {
  let settled = 0;
  const onSettled = () => {
    settled++;
  };
  const start = performance.now();
  for (const task of give(pool, count)) task.then(onSettled);
  const given = performance.now();
  let elapsed = 0;
  // Between turns no microtask is left over, so nothing has settled without being counted.
  while (settled === 0 || (settled < Math.min(count, FRONT) && elapsed < seconds * 1e3)) {
    await nextTurn();
    elapsed = performance.now() - given;
  }
  return ((given - start) / count + elapsed / settled) * 1e6;
}
