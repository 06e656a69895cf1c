'use strict';

// The storm: thousands of pools with everything that can happen to them, in schedules that a seed determines.
//   npm run storm                                    10,000 schedules
//   npm run storm -- --seed 7 --minutes 10           schedules of another seed, for ten minutes
//   npm run storm -- --seed 123456 --schedules 1     repeats one schedule
//   npm run storm -- --files --schedules 1000        worker files instead of native workers

const { once } = require('node:events');
const path = require('node:path');
const { setImmediate: turn } = require('node:timers/promises');
const { parseArgs } = require('node:util');
const { Worker } = require('node:worker_threads');
const threads = require('../threads');

const NATIVE = 'native:test-storm';
const FILE = path.resolve(__dirname, '../../fixtures/workers/storm.js');

/** The number of threads. Each runs one schedule of a round. */
const PRODUCERS = 3;

/** Far longer than any schedule takes, in milliseconds. A schedule that still runs then is stuck. */
const STUCK_AFTER_MS = Number(process.env.STUCK ?? 60000);

/**
 * Runs schedules in rounds. After each round no thread of a pool may be left.
 * @param {{ seed?: number, schedules?: number, minutes?: number, files?: boolean }} limits `seed` is the seed of the
 *   first schedule, and the following schedules increment it. The storm ends after `schedules` or `minutes`, whichever
 *   comes first. `files` selects worker files.
 * @returns {Promise<number>} the number of schedules. Rejects with the first failure, which names its seed.
 */
async function storm({ seed = 1, schedules = Infinity, minutes = Infinity, files = false }) {
  const end = performance.now() + minutes * 60_000;
  const producers = Array.from(
    { length: PRODUCERS },
    () =>
      new Worker(path.join(__dirname, 'schedule.js'), { workerData: { worker: files ? FILE : NATIVE, isFile: files } }),
  );
  try {
    let played = 0;
    let usual = 0;
    while (played < schedules && performance.now() < end) {
      const round = producers.slice(0, schedules - played);
      await Promise.all(round.map((producer, i) => play(producer, seed + played + i)));
      // With files, the process itself starts threads in the first round. The threads of dropped pools may still be
      // ending.
      for (const until = performance.now() + STUCK_AFTER_MS; ; await turn()) {
        const left = countLeft(files) - usual;
        if (files && played === 0) usual = left;
        if (left <= 0 || (files && played === 0)) break;
        if (performance.now() > until) {
          throw new Error(`threads are left of the schedules ${seed + played} to ${seed + played + round.length - 1}`);
        }
      }
      played += round.length;
    }
    return played;
  } finally {
    await Promise.all(producers.map((producer) => producer.terminate()));
  }
}

function countLeft(files) {
  if (threads.unsupported || (files && threads.areUnsteady)) return 0;
  return files ? threads.count() : threads.nativeThreads();
}

async function play(producer, seed) {
  producer.postMessage(seed);
  let error;
  try {
    [error] = await once(producer, 'message', { signal: AbortSignal.timeout(STUCK_AFTER_MS) });
  } catch {
    error = new Error(`stuck: ${await whereabouts(producer)}`);
  }
  if (error !== undefined) throw new Error(`schedule ${seed}: ${error.message}`, { cause: error });
}

/** Describes what a stuck schedule waits for. */
async function whereabouts(producer) {
  producer.postMessage('where');
  try {
    const [where] = await once(producer, 'message', { signal: AbortSignal.timeout(5_000) });
    return where;
  } catch {
    return 'its event loop does not turn';
  }
}

module.exports = { storm };

if (require.main === module) {
  const number = { type: 'string' };
  const options = { seed: number, schedules: number, minutes: number, files: { type: 'boolean' } };
  const { values } = parseArgs({ options });
  const limits = Object.fromEntries(Object.entries(values).map(([name, value]) => [name, Number(value)]));
  if (limits.minutes === undefined) limits.schedules ??= 10_000;
  const start = performance.now();
  storm(limits).then((played) => {
    console.log(`${played} schedules in ${((performance.now() - start) / 1000).toFixed(1)} s, nothing found`);
  });
}
