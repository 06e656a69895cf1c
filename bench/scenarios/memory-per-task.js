'use strict';

// What a task that waits takes of the memory of the process.

const { setTimeout: sleep } = require('node:timers/promises');
const { give, warmUp } = require('../burst');
const { keepBusy } = require('../busy');
const { POOLS } = require('../candidates');

const COUNT = 100_000;
const BUSY = 5_000; // ms; the tasks are not waited for

module.exports = {
  name: 'memory-per-task',
  title: 'Memory per queued task',
  about:
    '100,000 tasks `run({ n: 1 })` are given while 2 workers are busy; the growth of memory, after garbage collections, ' +
    'divided by 100,000. The promise of each task is held, and part of it. RSS is everything the process holds (with ' +
    'the room V8 keeps to itself, so it is coarse); the heap is what JavaScript uses (`heapUsed` and `external`).',
  metrics: [
    { key: 'rss', title: 'RSS', unit: 'bytes', better: 'less' },
    { key: 'heap', title: 'JavaScript heap', unit: 'bytes', better: 'less' },
  ],
  chart: { metrics: ['rss', 'heap'], log: false },
  candidates: POOLS,

  async measure({ create }) {
    const pool = create(2);
    await warmUp(pool, 200); // more would leave room in the heap, and RSS would not tell of it
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
  await sleep(200); // what is freed concurrently
  global.gc();
  const { rss, heapUsed, external } = process.memoryUsage();
  return { rss, heap: heapUsed + external };
}
