'use strict';

// The round-trip time of one task at a time in situations of real programs.

const os = require('node:os');
const { setTimeout: sleep } = require('node:timers/promises');
const { calibrate } = require('../busy');
const { give, warmUp } = require('../burst');
const { POOLS } = require('../candidates');
const { PERCENTILES, oneByOne, percentilesOf } = require('../one-by-one');
const { startPrograms } = require('../other-programs');

const WORKERS = 2;
const BURST = 100_000;
/** The length of the tasks on the other worker, in milliseconds. */
const OTHER_TASK = 0.5;

/** @param {(pool, quick: boolean) => Promise<Float64Array>} measureTimes Resolves with times in microseconds. */
function situation(name, title, about, measureTimes, { burst = false } = {}) {
  return {
    name: `latency-${name}`,
    title: `Latency ${title}`,
    about: `\`await pool.run({ n: 1 })\` in sequence with ${WORKERS} workers, each timed separately, ${about}`,
    metrics: PERCENTILES,
    chart: { metrics: ['p50', 'p90', 'p99'], log: true },
    candidates: POOLS,
    async measure({ create, quick }) {
      const pool = create(WORKERS, { burst });
      await warmUp(pool);
      return percentilesOf(await measureTimes(pool, quick));
    },
  };
}

async function besidePrograms(count, pool, quick) {
  await startPrograms(count);
  await oneByOne(pool, 1_000);
  return oneByOne(pool, quick ? 1_000 : 10_000);
}

async function everyMillisecond(pool, quick) {
  const pause = () => sleep(1);
  if (!quick) await oneByOne(pool, 3_000, pause); // V8 compiles other functions than in a burst
  return oneByOne(pool, quick ? 300 : 2_000, pause);
}

async function besideTasks(pool, quick) {
  const n = await calibrate(pool, OTHER_TASK);
  let isOver = false;
  const others = (async () => {
    while (!isOver) await pool.run({ n });
  })();
  await oneByOne(pool, quick ? 500 : 3_000);
  const times = await oneByOne(pool, quick ? 500 : 5_000);
  isOver = true;
  await others;
  return times;
}

async function afterBurst(pool, quick) {
  await Promise.all(give(pool, quick ? BURST / 10 : BURST));
  return oneByOne(pool, 1_000);
}

module.exports = [
  situation('one-core-busy', 'beside a busy program', 'while another process keeps one core busy.', (pool, quick) =>
    besidePrograms(1, pool, quick),
  ),
  situation('all-cores-busy', 'on a busy machine', 'while other processes keep all cores busy.', (pool, quick) =>
    besidePrograms(os.availableParallelism(), pool, quick),
  ),
  situation(
    'every-millisecond',
    'of a task every millisecond',
    'a millisecond after the previous one.',
    everyMillisecond,
  ),
  situation(
    'beside-tasks',
    'beside longer tasks',
    `while another caller always has one task of about ${OTHER_TASK} ms in the pool.`,
    besideTasks,
  ),
  situation(
    'after-burst',
    'after a burst',
    `1,000 times, right after ${BURST.toLocaleString('en')} tasks that were submitted at once.`,
    afterBurst,
    { burst: true },
  ),
];
