'use strict';

// One schedule of the storm: the life of a pool in which everything happens that its seed says, and what
// must be true of it afterwards. It runs in a thread of `worker_threads`, see storm.js.

const assert = require('node:assert/strict');
const { setImmediate: turn } = require('node:timers/promises');
const { parentPort, workerData } = require('node:worker_threads');
const { Lookahead } = require('../../../lib/lookahead');
const { WorkerPool } = require('../build-with-test-workers');
const { random } = require('./random');

/** What the worker does with an input; see `native:test-storm` in crates/workers/src/test_workers.rs. */
const KINDS = { echo: 0, fail: 4, panic: 5, hang: 6, spin: 7 };

/** The code with which a task of that kind fails by itself. */
const OWN_FAILURE = { fail: 'ERR_INVALID_ARG_VALUE', panic: 'ERR_POOL_CRASH' };

const STEPS = [
  ...Array(30).fill('run'),
  ...Array(6).fill('burst'),
  ...Array(3).fill('plain burst'),
  ...Array(8).fill('abort'),
  ...Array(8).fill('turn'),
  ...Array(4).fill('microtask'),
  ...Array(4).fill('stats'),
  ...Array(4).fill('ready'),
  'map',
  'close',
  'forced close',
  'close in time',
];

async function play(seed) {
  const { below, chance, pick } = random(seed);
  const maxQueue = pick([Infinity, Infinity, 0, 1, 5, 50]);
  // How many tasks a thread of a worker file may have, whatever the machine makes of it.
  const most = pick([1, 2, 8]);
  Lookahead.prototype.allows = (count) => count < most;
  const pool = new WorkerPool(1 + below(8), workerData.worker, { maxQueue, abortTimeout: pick([0, 0, 2]) });
  const controllers = [new AbortController()];
  const tasks = [];
  const others = []; // promises of anything else
  let crashes = 0;
  let closing = false;
  let mapped = false;
  pool.on('crash', () => crashes++);

  const inputOf = (kind) => KINDS[kind] + 8 * below(64) + (kind === 'echo' ? below(4) : 0);

  const run = () => {
    const kind = pick(['echo', 'echo', 'echo', 'spin', 'fail', 'panic', 'hang']);
    const options = {};
    // What hangs must have something that ends it.
    if (chance(0.3) || kind === 'hang') {
      if (chance(0.5)) controllers.push(new AbortController());
      options.signal = pick(controllers).signal;
    }
    if (chance(0.15)) options.timeout = below(4);
    if (chance(0.15)) options.queueTimeout = below(4);
    if (chance(0.2)) options.priority = below(5) - 2;
    give(kind, options);
  };

  const give = (kind, options) => {
    const input = inputOf(kind);
    const record = { kind, input, options, closing, settled: 0, value: undefined, error: undefined };
    record.neverATask = options.signal?.aborted ?? false;
    const given = Object.keys(options).length > 0 ? options : undefined;
    record.promise = pool.run(input, given).then(
      (value) => {
        record.settled++;
        record.value = value;
      },
      (error) => {
        record.settled++;
        record.error = error;
      },
    );
    tasks.push(record);
  };

  const close = (options) => {
    closing = true;
    others.push(pool.close(options));
  };

  const take = {
    run,
    burst: () => {
      for (let i = below(60); i > 0; i--) run();
    },
    'plain burst': () => {
      for (let i = below(60); i > 0; i--) give(pick(['echo', 'echo', 'echo', 'echo', 'spin', 'fail', 'panic']), {});
    },
    abort: () => pick(controllers).abort(),
    turn: () => turn(),
    microtask: () => null,
    stats: () => assertSum(pool.stats()),
    ready: () => Promise.race([pool.ready().catch(() => {}), turn()]),
    map: () => {
      mapped = true;
      const items = Array.from({ length: below(50) }, () => inputOf(pick(['echo', 'echo', 'echo', 'spin', 'fail'])));
      others.push(pool.map(items, { signal: pick(controllers).signal }).catch(() => {}));
    },
    close: () => chance(0.2) && close(),
    'forced close': () => chance(0.2) && close({ force: true }),
    'close in time': () => chance(0.3) && close({ timeout: below(3) }),
  };
  for (let steps = 1 + below(60); steps > 0; steps--) await take[pick(STEPS)]();

  for (const controller of controllers) if (chance(0.5)) controller.abort();
  const force = chance(0.3);
  close({ force });
  // A graceful close waits for what hangs.
  if (!force) for (const controller of controllers) controller.abort();
  await Promise.all([...others, ...tasks.map(({ promise }) => promise)]);
  await turn(); // the listeners of 'crash'

  for (const task of tasks) assertOutcome(task, maxQueue);
  const stats = pool.stats();
  assertSum(stats);
  assert.deepEqual([stats.queued, stats.running, stats.idle, pool.all.size], [0, 0, 0, 0]);
  assert.equal(stats.crashes, crashes);
  if (!mapped) assertCounts(stats, tasks);
}

function assertSum(stats) {
  const { submitted, completed, failed, aborted, timedOut, queued, running } = stats;
  assert.equal(submitted, completed + failed + aborted + timedOut + queued + running, JSON.stringify(stats));
}

/** A task settled once, with its own result or with an error that it can have. */
function assertOutcome(task, maxQueue) {
  const { kind, input, options, settled, value, error } = task;
  assert.equal(settled, 1);
  const told = JSON.stringify({ kind, input, options, closing: task.closing, code: error?.code, value });
  if (error === undefined) {
    assert.ok((kind === 'echo' || kind === 'spin') && value === input, told);
    return;
  }
  const possible = {
    [OWN_FAILURE[kind]]: true,
    ABORT_ERR: options.signal?.aborted,
    ERR_POOL_TIMEOUT: options.timeout !== undefined,
    ERR_POOL_QUEUE_TIMEOUT: options.queueTimeout !== undefined,
    ERR_POOL_QUEUE_FULL: maxQueue !== Infinity,
    ERR_POOL_CLOSED: true,
  };
  assert.ok(possible[error.code], told);
  if (task.neverATask) assert.equal(error.code, 'ABORT_ERR', told);
}

/** The pool has counted what the promises say. */
function assertCounts(stats, tasks) {
  const admitted = tasks.filter(({ neverATask }) => !neverATask);
  const count = (...ends) => admitted.filter((task) => ends.includes(endOf(task))).length;
  const { submitted, completed, failed, aborted, timedOut, refused } = stats;
  assert.deepEqual(
    { submitted, completed, failed, aborted, timedOut, refused },
    {
      submitted: admitted.length - count('ERR_POOL_QUEUE_FULL', 'Pool is closing'),
      completed: count('completed'),
      failed: count('ERR_INVALID_ARG_VALUE', 'ERR_POOL_CRASH'),
      aborted: count('ABORT_ERR', 'Pool is closing: the task was given up'),
      timedOut: count('ERR_POOL_TIMEOUT', 'ERR_POOL_QUEUE_TIMEOUT'),
      refused: count('ERR_POOL_QUEUE_FULL', 'Pool is closing'),
    },
  );
}

/** Of the two ways to reject with `ERR_POOL_CLOSED` only the message tells which it was. */
function endOf({ error }) {
  if (error === undefined) return 'completed';
  return error.code === 'ERR_POOL_CLOSED' ? error.message : error.code;
}

parentPort.on('message', async (seed) => {
  try {
    await play(seed);
    parentPort.postMessage(undefined);
  } catch (error) {
    parentPort.postMessage(error);
  }
});
