'use strict';

// One schedule of the storm: a pool, a sequence of steps that the seed determines, and the assertions about it. It runs
// in a thread of `worker_threads`, see storm.js.

const assert = require('node:assert/strict');
const { setImmediate: turn } = require('node:timers/promises');
const { inspect } = require('node:util');
const v8 = require('node:v8');
const vm = require('node:vm');
const { parentPort, workerData } = require('node:worker_threads');
const failing = require('./failing-threads');
const { Prefetch } = require('../../../lib/files/prefetch');
const { WorkerPool } = require('../build-with-test-workers');
const { hostility } = require('./hostile');
const { assertCounts, assertOutcome, assertSum } = require('./oracle');
const { random } = require('./random');

const gc = garbageCollector();

const { worker, isFile } = workerData;

/** The actions of the worker by input; see `native:test-storm` in crates/workers/src/test_workers.rs. */
const KINDS = { echo: 0, fail: 4, panic: 5, hang: 6, spin: 7 };

function garbageCollector() {
  if (globalThis.Bun !== undefined) return () => globalThis.Bun.gc(true);
  v8.setFlagsFromString('--expose-gc');
  return vm.runInNewContext('gc');
}

const STEPS = [
  ...Array(30).fill('run'),
  ...Array(6).fill('burst'),
  ...Array(3).fill('plain burst'),
  ...Array(8).fill('abort'),
  ...Array(8).fill('turn'),
  ...Array(4).fill('microtask'),
  ...Array(4).fill('stats'),
  ...Array(4).fill('ready'),
  ...Array(3).fill('resize'),
  'map',
  'stream',
  'close',
  'forced close',
  'close in time',
  'close and drop',
];

/** The steps of schedules in which code of the caller runs within calls of the pool. */
const HOSTILE_STEPS = [
  ...STEPS,
  ...Array(8).fill('hostile run'),
  ...Array(4).fill('hooked burst'),
  'hooked call',
  'no threads',
];

/** A signal of Node.js with the methods of `HostileSignal`. */
function ordinarySignal() {
  const controller = new AbortController();
  return Object.assign(controller.signal, {
    abort: () => controller.abort(),
    hasAborted: () => controller.signal.aborted,
  });
}

/** Describes what the schedule waits for, if it does not end. */
let where = () => 'nothing yet';

async function play(seed) {
  // The schedule has dropped its pool, which must be collected with its threads.
  const dropped = await live(seed);
  where = () => 'the garbage collector to collect the dropped pool';
  while (dropped?.deref() !== undefined) {
    await turn();
    gc();
  }
}

/** Runs a schedule. @returns a reference to the pool, if it is left to the garbage collector. */
async function live(seed) {
  const chosen = random(seed);
  const { below, chance, pick } = chosen;
  const isHostile = chance(0.5);
  const concurrency = isFile ? pick([1, 1, 2, 4]) : 1;
  const life = { maxQueue: pick([Infinity, Infinity, 0, 1, 5, 50]), isForced: false, lacksThreads: false, concurrency };
  allowAhead(pick([1, 2, 8]));
  const size = 1 + below(8);
  const pool = open(size, {
    maxQueue: life.maxQueue,
    ...(chance(0.5) && { minSize: below(size + 1), idleTimeout: pick([0, 1, 5]) }),
    ...(isFile && { concurrency, abortTimeout: pick([0, 0, 2]) }),
    ...(isFile && chance(0.3) && { recycle: { tasks: 1 + below(5) } }),
  });
  if (pool === undefined) return undefined;
  const signals = [ordinarySignal()];
  const tasks = [];
  const others = []; // all other promises
  const unsettled = new Map(); // the unsettled ones of these, with their descriptions
  const watch = (what, promise) => {
    others.push(promise);
    unsettled.set(promise, what);
    promise.then(() => unsettled.delete(promise));
  };
  let crashes = 0;
  let isClosing = false;
  let isMapped = false;
  pool.on('crash', ({ code }) => {
    if (code === 'ERR_WORKER_INIT_FAILED') life.lacksThreads = true;
    else crashes++;
    hostile?.act();
  });
  pool.on('drain', () => hostile?.act());

  const inputOf = (kind) => {
    const quotient = below(64);
    // A task that hangs must not block its neighbours, which nothing else would end.
    const isAsync = kind === 'hang' && concurrency > 1;
    return KINDS[kind] + 8 * (isAsync ? quotient | 1 : quotient) + (kind === 'echo' ? below(4) : 0);
  };

  const run = ({ by = plainly } = {}) => {
    const kind = pick(['echo', 'echo', 'echo', 'spin', 'fail', 'panic', 'hang']);
    const options = {};
    // Only a signal ends a task that hangs.
    if (chance(0.3) || kind === 'hang') {
      if (chance(0.5)) signals.push(hostile && chance(0.5) ? hostile.signal() : ordinarySignal());
      options.signal = pick(signals);
    }
    if (chance(0.15)) options.timeout = below(4);
    if (chance(0.15)) options.queueTimeout = below(4);
    if (chance(0.2)) options.priority = below(5) - 2;
    submit(kind, options, by);
  };

  const plainly = (input, options) => pool.run(input, Object.keys(options).length > 0 ? options : undefined);

  const hostilely = (input, options, record) => {
    record.isUnreadable = Object.keys(options).length > 0 && chance(0.1);
    const given = { ...options };
    let data = chance(0.5) ? hostile.data(input, { isFile }) : input;
    if (isFile) {
      if (chance(0.3)) given.onProgress = hostile.act;
      if (chance(0.3)) {
        const buffer = new ArrayBuffer(8);
        data = { input, buffer };
        given.transfer = [buffer];
      }
    }
    return pool.run(data, hostile.options(given, record));
  };

  const submit = (kind, options, by) => {
    const input = inputOf(kind);
    const { signal, ...limits } = options;
    const record = { kind, input, signal, options: limits, settled: 0, isDoubtful: isHostile };
    record.neverATask = signal?.hasAborted() ?? false;
    tasks.push(record);
    const given = by(input, options, record);
    // Read after the call, which may have closed the pool.
    record.wasClosing = isClosing;
    record.promise = given.then(
      (value) => {
        record.settled++;
        record.value = value;
      },
      (error) => {
        record.settled++;
        record.error = error;
      },
    );
  };

  const close = (options) => {
    isClosing = true;
    life.isForced ||= options?.force === true || options?.drop === true || options?.timeout !== undefined;
    watch('close', pool.close(options));
  };

  const take = {
    run,
    burst: () => {
      for (let i = below(60); i > 0; i--) run();
    },
    'plain burst': () => {
      for (let i = below(60); i > 0; i--) {
        submit(pick(['echo', 'echo', 'echo', 'echo', 'spin', 'fail', 'panic']), {}, plainly);
      }
    },
    abort: () => pick(signals).abort(),
    turn: () => turn(),
    microtask: () => null,
    stats: () => assertSum(pool.stats(), concurrency),
    resize: () => {
      if (!isClosing) pool.resize(1 + below(8));
    },
    ready: () => Promise.race([pool.ready().catch(() => {}), turn()]),
    map: () => {
      isMapped = true;
      const results = pool.map(items(), { signal: pick(signals) });
      watch(
        'map',
        results.catch(() => {}),
      );
    },
    stream: () => {
      isMapped = true;
      watch('stream', consume(pool.stream(items(), { signal: pick(signals), ordered: chance(0.5) }), below(50)));
    },
    close: () => chance(0.2) && close(),
    'forced close': () => chance(0.2) && close({ force: true }),
    'close in time': () => chance(0.3) && close({ timeout: below(3) }),
    'close and drop': () => chance(0.2) && close({ drop: true }),
    'hostile run': () => run({ by: hostilely }),
    'hooked burst': () =>
      hostile.hooked(() => {
        for (let i = below(10); i > 0; i--) run({ by: pick([plainly, hostilely]) });
      }),
    // The other calls that create promises.
    'hooked call': () => hostile.hooked(() => void pick([take.ready, take.map, take.stream, take.close])()),
    'no threads': () => {
      life.lacksThreads = true;
      failing.fail(below(4));
    },
  };

  const items = () => Array.from({ length: below(50) }, () => inputOf(pick(['echo', 'echo', 'echo', 'spin', 'fail'])));

  const hostile = isHostile
    ? hostility(chosen, [
        run,
        run,
        () => run({ by: hostilely }),
        take.abort,
        take.stats,
        take.resize,
        () => void pool.ready().catch(() => {}),
        () => chance(0.02) && close(pick([{}, { force: true }, { drop: true }, { timeout: below(3) }])),
      ])
    : undefined;
  const unsubscribe = hostile && chance(0.3) ? hostile.subscribe() : () => {};

  let step;
  where = () => `step ${step}`;
  for (let steps = 1 + below(60); steps > 0; steps--) {
    step = pick(isHostile ? HOSTILE_STEPS : STEPS);
    await take[step]();
  }

  for (const signal of [...signals]) if (chance(0.5)) signal.abort();
  const isDropped = isHostile && !isClosing && chance(0.2);
  const force = !isDropped && chance(0.3);
  if (!isDropped) close({ force });
  // A graceful close and a dropped pool wait for tasks that hang. More tasks may be submitted while these settle.
  const abortAll = () => {
    for (let i = 0; i < signals.length; i++) if (!signals[i].hasAborted()) signals[i].abort();
  };
  if (!force) abortAll();
  where = () => {
    const left = tasks.filter((task) => task.settled === 0).map(({ kind, options }) => ({ kind, options }));
    return inspect({ tasks: left, others: [...unsettled.values()], stats: pool.stats() }, { depth: 4 });
  };
  let waited = -1;
  while (waited < tasks.length + others.length) {
    waited = tasks.length + others.length;
    for (let i = 0; i < tasks.length; i++) {
      await tasks[i].promise;
      if (!force) abortAll();
    }
    for (let i = 0; i < others.length; i++) await others[i];
    await turn(); // the listeners of 'crash'
  }
  unsubscribe();

  for (const task of tasks) assertOutcome(task, life);
  const stats = pool.stats();
  assertSum(stats, concurrency);
  assert.equal(stats.crashes, crashes);
  if (!isMapped) assertCounts(stats, tasks);
  if (!isClosing) return new WeakRef(pool);
  assert.deepEqual([stats.queued, stats.running, stats.idle, pool.all.size], [0, 0, 0, 0]);
  return undefined;
}

/** Sets how many tasks a thread of a worker file may have, independently of the machine. */
function allowAhead(most) {
  Prefetch.prototype.allows = (count) => count < most;
}

/** Creates a pool. @returns undefined if threads cannot be started. */
function open(size, options) {
  try {
    return new WorkerPool(size, worker, options);
  } catch (error) {
    if (error.code === 'ERR_WORKER_INIT_FAILED') return undefined;
    throw error;
  }
}

/** Pulls `count` results of a stream, and then leaves it. */
async function consume(stream, count) {
  let taken = 0;
  try {
    for await (const _ of stream) if (++taken > count) break;
  } catch {
    // The first error ends it.
  }
}

parentPort.on('message', async (seed) => {
  if (seed === 'where') return parentPort.postMessage(where());
  try {
    await play(seed);
    parentPort.postMessage(undefined);
  } catch (error) {
    parentPort.postMessage(error);
  } finally {
    failing.fail(0);
  }
});
