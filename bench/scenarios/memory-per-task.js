'use strict';

// The memory of a queued task.

const { setTimeout: sleep } = require('node:timers/promises');
const { give, warmUp } = require('../burst');
const { keepBusy } = require('../busy');
const { POOLS } = require('../candidates');

const COUNT = 100_000;
const BUSY = 5_000; // in milliseconds; nothing awaits these tasks

module.exports = {
  name: 'memory-per-task',
  title: 'Memory per queued task',
  about:
    '100,000 tasks `run({ n: 1 })` are submitted while 2 workers are busy. The result is the growth of memory, after ' +
    'garbage collections, divided by 100,000. It includes the promise of each task. RSS is the memory of the process, ' +
    'with free memory that V8 reserves, so it is coarse. The heap is the memory of JavaScript (`heapUsed` and `external`).',
  metrics: [
    { key: 'rss', title: 'RSS', unit: 'bytes', better: 'less' },
    { key: 'heap', title: 'JavaScript heap', unit: 'bytes', better: 'less' },
  ],
  chart: { metrics: ['rss', 'heap'], log: false },
  candidates: POOLS,

  async measure({ create }) {
    const pool = create(2);
    await warmUp(pool, 200); // more would leave free memory in the heap, which RSS does not show
    const busy = await keepBusy(pool, 2, BUSY);
    const before = await memory();
    const tasks = give(pool, COUNT);
    const after = await memory();
    const ended = await Promise.race([busy.ended.then(() => true), false]);
    if (ended || tasks.length !== COUNT) throw new Error('The workers were not busy for long enough');
    return { rss: (after.rss - before.rss) / COUNT, heap: (after.heap - before.heap) / COUNT };
  },
};

async function memory() {
  global.gc();
  await sleep(200); // V8 frees some memory concurrently
  global.gc();
  const { rss, heapUsed, external } = process.memoryUsage();
  return { rss, heap: heapUsed + external };
}
