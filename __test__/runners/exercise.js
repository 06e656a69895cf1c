// Uses all of a pool that waits for time, turns of the event loop or microtasks, and none of that itself: it is run
// where timers and clocks have been replaced.

const path = require('node:path');

const FILE = path.join(__dirname, '../fixtures/workers/hang.js');

/** What `exercise` returns where the pool works. */
const EXPECTED = [
  { worker: 'native:fib', first: { n: 5, result: 5 } },
  { worker: 'file', first: 5 },
].map((outcome) => ({
  ...outcome,
  waited: 'ERR_POOL_QUEUE_TIMEOUT',
  aborted: 'ABORT_ERR',
  late: 'ERR_POOL_TIMEOUT',
  mapped: 1000,
  streamed: 100,
  forced: 'ERR_POOL_CLOSED',
}));

async function settle(promise) {
  try {
    return await promise;
  } catch (error) {
    return error.code ?? error;
  }
}

async function use(WorkerPool, { worker, hang }) {
  const pool = new WorkerPool(1, worker ?? FILE, { maxQueue: 50 });
  const first = await settle(pool.run(5));
  const controller = new AbortController();
  const hanging = settle(pool.run(hang, { signal: controller.signal }));
  const waited = await settle(pool.run(5, { queueTimeout: 1 }));
  controller.abort();
  const aborted = await hanging;
  const late = await settle(pool.run(hang, { timeout: 20 }));
  const mapped = (await settle(pool.map(Array(1000).fill(5)))).length;
  let streamed = 0;
  for await (const _ of pool.stream(Array(100).fill(5))) streamed++;
  const given = settle(pool.run(hang));
  await pool.close({ timeout: 20 });
  return { worker: worker ?? 'file', first, waited, aborted, late, mapped, streamed, forced: await given };
}

/** Uses a native pool and one of a worker file. */
async function exercise(WorkerPool) {
  return [
    await use(WorkerPool, { worker: 'native:fib', hang: 78 }),
    await use(WorkerPool, { worker: undefined, hang: -1 }),
  ];
}

module.exports = { exercise, EXPECTED };
