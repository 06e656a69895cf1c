'use strict';

// The table "the document promises" in the project's design: what the document says of its pool and
// its tests, and its code does not keep. Each row has a check here that this package's pool passes
// and that the document's pool (support/worker-threads-pool.js has its faults) fails as the table
// says. So none of these checks is one that cannot fail.
//
// Both pools are given the same worker files. In those in fixtures/ the JavaScript misbehaves, for
// worker_threads; the directive names a built-in worker that does likewise.
//
// Each check runs in a process of its own, which is this file again: the faults leave threads and
// promises behind that never end.

const { test } = require('node:test');
const assert = require('node:assert/strict');
const { fork } = require('node:child_process');
const { once } = require('node:events');
const path = require('node:path');
const { WorkerPool, freshGate, openGate } = require('./support/build-with-test-workers');
const { STUCK_AFTER_MS } = require('./support/child');
const { isFull } = require('./support/scale');
const { ThreadWatch } = require('./support/thread-watch');
const { WorkerPool: WorkerThreadsPool } = require('./support/worker-threads-pool');

const file = {
  fib: path.resolve(__dirname, '../worker.js'),
  gate: path.resolve(__dirname, 'fixtures/gate.js'),
  throws: path.resolve(__dirname, 'fixtures/throws.js'),
  exits: path.resolve(__dirname, 'fixtures/exits.js'),
  missing: path.resolve(__dirname, 'fixtures/no-such-worker.js'),
};

/** The pools by name: ours, the document's, and such as are needed to see a check fail. */
const POOLS = {
  ours: WorkerPool,
  'of the document': WorkerThreadsPool,
  'without a limit': class extends WorkerThreadsPool {
    constructor(size, workerFile) {
      super(size, workerFile, { maxQueue: Infinity });
    }
  },
  'of one worker': class extends WorkerThreadsPool {
    constructor(_size, workerFile) {
      super(1, workerFile);
    }
  },
};

/** The checks by name: each takes a class of pools, and throws when its promise is not kept. */
const CHECKS = {
  async closeWaitsForTheRunningTask(Pool) {
    const pool = new Pool(1, file.gate);
    const gate = freshGate();
    const task = pool.run(gate);
    const closed = pool.close();
    openGate(gate);
    const first = await Promise.race([task.then(() => 'the task'), closed.then(() => 'close()')]);
    assert.equal(first, 'the task', `${first} came first`);
    assert.equal(await task, gate);
    await closed;
  },

  async crashesLeaveTheSizeConstant(Pool) {
    const threads = new ThreadWatch();
    const pool = new Pool(2, file.throws);
    for (let i = 0; i < 5; i++) await assert.rejects(pool.run(1), { message: "the worker's last words" });
    // What a pool of worker_threads does about a crash is done once the thread has exited.
    while (threads.exited < threads.started - pool.all.size) await once(threads, 'exit');
    assert.equal(pool.all.size, 2, `${pool.all.size} workers after 5 crashes of 2`);
    assert.deepEqual(await Promise.all([5, 6, 7].map((number) => pool.run(number))), [5, 6, 7]);
    await pool.close();
  },

  async anExitRejectsItsTask(Pool) {
    const pool = new Pool(1, file.exits);
    await assert.rejects(pool.run(1));
    assert.equal(await pool.run(5), 5);
    await pool.close();
  },

  async badInputLosesNoWorker(Pool) {
    const pool = new Pool(1, file.fib);
    // A function cannot be cloned, and has no n.
    await assert.rejects(pool.run(() => {}));
    assert.equal(pool.idle.length, 1, `${pool.idle.length} of 1 workers idle after bad input`);
    assert.deepEqual(await pool.run(10), { n: 10, result: 55 });
    await pool.close();
  },

  async aFileThatCannotLoadIsAClearError(Pool) {
    const threads = new ThreadWatch();
    try {
      new Pool(1, file.missing);
    } catch (error) {
      assert.equal(error.code, 'ERR_POOL_WORKER_NOT_FOUND');
      assert.ok(error.message.includes(file.missing), error.message);
      return;
    }
    // No task was given, so nobody has been told. What does the pool do about it? It starts the next
    // thread, and the next; perhaps one more before this sees the tenth.
    while (threads.started < 10) await once(threads, 'start');
    assert.fail(`no error, and ${threads.started} threads so far for a pool of 1`);
  },

  async aTaskOfALongQueueCostsNoMore(Pool) {
    const short = await costOfATask(Pool, 2 * MEASURED_TASKS);
    const long = await costOfATask(Pool, 1_000_000);
    const words = `${long.toFixed(2)} us for a task of a long queue, ${short.toFixed(2)} us for one of a short queue`;
    // Below a microsecond the difference is that of the measuring.
    assert.ok(long < 5 * Math.max(short, 1), `too much: ${words}`);
  },

  async aTaskBeyondTheBusyWorkerIsRefused(Pool) {
    const pool = new Pool(1, file.gate, { maxQueue: 0 });
    const gate = freshGate();
    const busy = pool.run(gate); // not awaited: it is to keep the worker busy
    const second = pool.run(freshGate());
    assert.equal(pool.queue.length, 0, 'the second task waits');
    await assert.rejects(second, { message: 'Backpressure: task queue is full' });
    openGate(gate);
    assert.equal(await busy, gate);
    await pool.close();
  },

  /** The same in the document's way: the task that should keep the worker busy is awaited first. */
  async aTaskAfterTheBusyWorkerIsRefused(Pool) {
    const pool = new Pool(1, file.gate, { maxQueue: 0 });
    const gate = freshGate();
    openGate(gate);
    await pool.run(gate);
    await assert.rejects(pool.run(gate));
    await pool.close();
  },

  async aSecondTaskOvertakesTheFirst(Pool) {
    const pool = new Pool(2, file.gate);
    const gates = [freshGate(), freshGate()];
    const [first, second] = gates.map((gate) => pool.run(gate));
    assert.equal(pool.queue.length, 0, 'the second task waits');
    openGate(gates[1]);
    assert.equal(await second, gates[1]);
    openGate(gates[0]);
    assert.equal(await first, gates[0]);
    await pool.close();
  },
};

const MEASURED_TASKS = 2500;
const MEASURED_AT_ONCE = 250;

/**
 * The processor time, in microseconds, that a task takes in a queue of `queued`.
 *
 * What a queue does for a task is to be seen from outside as time only. But it is measured so that a
 * busy machine does not make the check flake: it is the processor's time, not the clock's; the least
 * of several measurements, so that a garbage collection in some of them does not count; and long and
 * short queues are compared within one run, with a wide margin on both sides. For each task the
 * document's pool moves a million entries of an array, 8 MB, beside the some 10 to 50 us that a
 * message there and back takes. In ours nothing that is done for a task depends on how many wait.
 */
async function costOfATask(Pool, queued) {
  const pool = new Pool(1, file.gate);
  const [gate, open] = [freshGate(), freshGate()];
  openGate(open);
  const busy = pool.run(gate);
  const marks = [];
  let last;
  for (let i = 0; i < queued; i++) {
    last = pool.run(open);
    if (i <= MEASURED_TASKS && i % MEASURED_AT_ONCE === 0) marks.push(last.then(processorTime));
  }
  openGate(gate);
  await busy;
  const times = await Promise.all(marks);
  const costs = times.slice(1).map((time, i) => (time - times[i]) / MEASURED_AT_ONCE);
  // What is left of the queue goes with the process: it would take the document's pool a minute.
  return Math.min(...costs);
}

function processorTime() {
  const { user, system } = process.cpuUsage();
  return user + system;
}

/**
 * Runs a check in a process of its own, which is killed when the outcome is known.
 *
 * @returns {Promise<string | undefined>} what the check failed with, undefined if it held.
 */
async function failureOf(check, pool) {
  const env = { ...process.env, [CHECK_TO_RUN]: JSON.stringify({ check, pool }) };
  delete env.NODE_TEST_CONTEXT; // it is no test, and should not report as one
  const child = fork(__filename, { env, timeout: STUCK_AFTER_MS });
  const exited = once(child, 'exit');
  const outcome = await Promise.race([
    once(child, 'message').then(([message]) => message),
    exited.then(([code, signal]) => assert.fail(`the process of ${check} ended without an outcome: ${code ?? signal}`)),
  ]);
  child.kill('SIGKILL');
  await exited;
  return outcome.failure;
}

/** The other side of it. */
function runCheck({ check, pool }) {
  let told = false;
  const tell = (outcome) => {
    if (!told) process.send(outcome);
    told = true;
  };
  // A promise that nobody can settle any more lets the event loop run empty.
  process.on('beforeExit', () => tell({ failure: 'the promise never settles' }));
  CHECKS[check](POOLS[pool]).then(
    () => tell({}),
    (error) => tell({ failure: error.message }),
  );
}

/** Declares the test of a row: ours keeps the promise, and `otherPool` fails with `failure`. */
function row(promise, check, otherPool, failure) {
  test(promise, async (t) => {
    await t.test('native-worker-pool keeps it', async () => {
      assert.equal(await failureOf(check, 'ours'), undefined);
    });
    await t.test(`the pool ${otherPool} breaks it`, async () => {
      assert.match((await failureOf(check, otherPool)) ?? 'kept', failure);
    });
  });
}

function declareTests() {
  const document = 'of the document';

  row('close() waits for running tasks', 'closeWaitsForTheRunningTask', document, /^close\(\) came first/);
  row('crashes keep the size constant', 'crashesLeaveTheSizeConstant', document, /^7 workers after 5 crashes of 2/);
  row('a worker that exits rejects its task', 'anExitRejectsItsTask', document, /^the promise never settles/);
  row('bad input loses no worker', 'badInputLosesNoWorker', document, /^0 of 1 workers idle/);
  row(
    'a worker file that cannot load is a clear error',
    'aFileThatCannotLoadIsAClearError',
    document,
    /^no error, and \d+ threads so far/,
  );
  // It depends on the speed of the machine, and takes seconds.
  if (isFull) row('a long queue does not cost more per task', 'aTaskOfALongQueueCostsNoMore', document, /^too much: /);

  // In the last two rows it is the document's tests that are at fault, not its pool. So here it is
  // for pools that break the promise to show that the check can fail.
  row(
    'a task beyond the busy worker is refused',
    'aTaskBeyondTheBusyWorkerIsRefused',
    'without a limit',
    /^the second task waits/,
  );
  row('a second task overtakes the first', 'aSecondTaskOvertakesTheFirst', 'of one worker', /^the second task waits/);

  test("the document's pool passes correct tests of backpressure and parallelism", async () => {
    assert.equal(await failureOf('aTaskBeyondTheBusyWorkerIsRefused', document), undefined);
    assert.equal(await failureOf('aSecondTaskOvertakesTheFirst', document), undefined);
  });

  test("the document's own test of backpressure fails for every pool", async () => {
    for (const pool of ['ours', document]) {
      assert.match(
        (await failureOf('aTaskAfterTheBusyWorkerIsRefused', pool)) ?? 'kept',
        /^Missing expected rejection/,
      );
    }
  });
}

const CHECK_TO_RUN = 'DOCUMENT_PROMISES_CHECK';

if (process.env[CHECK_TO_RUN]) runCheck(JSON.parse(process.env[CHECK_TO_RUN]));
else declareTests();
