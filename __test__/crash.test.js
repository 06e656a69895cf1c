'use strict';

const { test } = require('node:test');
const assert = require('node:assert/strict');
const { once } = require('node:events');
const { setImmediate: turn } = require('node:timers/promises');
const { WorkerPool, failSpawns, freshGate, openGate } = require('./support/build-with-test-workers');
const { runProgram } = require('./support/child');
const threads = require('./support/threads');

test("a panic rejects its task with the panic's message", async () => {
  const pool = new WorkerPool(1, 'native:test-panic');
  const words = {
    1: "the worker's last words",
    2: 'input was 2',
    3: 'the worker panicked without a message',
    4: 'the worker panicked without a message',
  };
  for (const [input, message] of Object.entries(words)) {
    await assert.rejects(pool.run(input), { name: 'Error', code: 'ERR_POOL_CRASH', message });
  }
  await pool.close();
});

test('a panic rejects only its own task', async () => {
  const pool = new WorkerPool(2, 'native:test-panic');
  const inputs = Array.from({ length: 1000 }, (_, i) => (i % 7 === 1 ? 1 : i + 10));
  const outcomes = await Promise.allSettled(inputs.map((input) => pool.run(input)));
  assert.deepEqual(
    outcomes.map(({ value, reason }) => value ?? reason.code),
    inputs.map((input) => (input === 1 ? 'ERR_POOL_CRASH' : input)),
  );
  await pool.close();
});

test("'crash' is emitted once per panic, with the error of the task, before the task's own handlers", async () => {
  const pool = new WorkerPool(1, 'native:test-panic');
  const seen = [];
  pool.on('crash', (error) => seen.push(error));
  const error = await pool.run(1).catch((reason) => {
    assert.deepEqual(seen, [reason]);
    return reason;
  });
  assert.equal(error.code, 'ERR_POOL_CRASH');
  await pool.run(5);
  assert.equal(seen.length, 1);
  await pool.close();
});

test("a failed task does not emit 'crash'", async () => {
  const pool = new WorkerPool(1, 'native:fib');
  pool.on('crash', () => assert.fail('emitted'));
  await assert.rejects(pool.run(99), { code: 'ERR_OUT_OF_RANGE' });
  await assert.rejects(pool.run('bad'), { code: 'ERR_INVALID_ARG_VALUE' });
  await pool.close();
});

test('after crashes, all.size and the number of concurrent tasks are unchanged', async () => {
  const crashing = new WorkerPool(2, 'native:test-panic');
  for (let i = 0; i < 20; i++) {
    const announced = once(crashing, 'crash');
    await assert.rejects(crashing.run(1), { code: 'ERR_POOL_CRASH' });
    await announced;
    assert.equal(crashing.all.size, 2);
    assert.equal(crashing.idle.length, 2);
  }
  await crashing.close();
});

test('a crashed thread is replaced: 1,000 crashes leave no more threads than workers', {
  skip: threads.unsupported,
}, async () => {
  const pool = new WorkerPool(2, 'native:test-panic');
  for (let i = 0; i < 1000; i++) await assert.rejects(pool.run(1), { code: 'ERR_POOL_CRASH' });
  await pool.run(7); // a thread has its name when it runs
  // Those that were replaced last may still be on their way out. One that stays fails the test by its
  // time limit.
  while (threads.nativeThreads() > 2) await turn();
  assert.notEqual(threads.nativeThreads(), 0);
  await pool.close();
  assert.equal(threads.nativeThreads(), 0);
});

test("a 'crash' listener that throws affects no other task", async () => {
  const { code, stdout } = await runProgram(
    `
    process.on('uncaughtException', (error) => console.log('uncaught', error.message));
    const pool = new WorkerPool(1, 'native:test-panic');
    pool.on('crash', () => { throw new Error('from the listener'); });
    Promise.allSettled([pool.run(1), pool.run(7), pool.run(1), pool.run(8)]).then((outcomes) => {
      console.log(outcomes.map(({ value, reason }) => value ?? reason.code).join(' '));
      return pool.close();
    });
    `,
    { testBuild: true },
  );
  assert.equal(stdout, 'uncaught from the listener\nuncaught from the listener\nERR_POOL_CRASH 7 ERR_POOL_CRASH 8\n');
  assert.equal(code, 0);
});

test('the published build does not contain the test workers', async () => {
  const { stdout, code } = await runProgram(
    `try { new WorkerPool(1, 'native:test-panic'); } catch (error) { console.log(error.code, error.message); }`,
  );
  assert.match(stdout, /^ERR_POOL_WORKER_NOT_FOUND Unknown built-in worker native:test-panic; there are: native:fib, /);
  assert.doesNotMatch(stdout, /there are: .*test-/);
  assert.equal(code, 0);
});

test('tasks queued behind a crash run on the replacement', async () => {
  const pool = new WorkerPool(1, 'native:test-panic');
  const tasks = [pool.run(1), pool.run(11), pool.run(12)];
  await assert.rejects(tasks[0], { code: 'ERR_POOL_CRASH' });
  assert.deepEqual(await Promise.all(tasks.slice(1)), [11, 12]);
  await pool.close();
});

test('a thread that cannot be started is reported once, and the pool continues with the others', async () => {
  const pool = new WorkerPool(3, 'native:test-gate');
  const crashes = [];
  pool.on('crash', (error) => crashes.push(error));
  failSpawns(2 ** 32 - 1);
  try {
    const gates = Array.from({ length: 4 }, freshGate);
    const tasks = gates.map((gate) => pool.run(gate));
    await once(pool, 'crash');
    for (const gate of gates) openGate(gate);
    assert.deepEqual(await Promise.all(tasks), gates);
  } finally {
    failSpawns(0);
  }
  assert.equal(crashes.length, 1);
  assert.equal(crashes[0].code, 'ERR_WORKER_INIT_FAILED');
  assert.equal(crashes[0].message, 'Worker pool: cannot start a worker thread: the test has it fail');
  assert.equal(pool.stats().crashes, 0, 'no worker died');
  await pool.close();
});

test('a thread that could not be started is retried when a task needs it', async () => {
  const pool = new WorkerPool(2, 'native:test-gate');
  failSpawns(1);
  const [closed, open] = [freshGate(), freshGate()];
  const first = pool.run(closed);
  const second = pool.run(open);
  await once(pool, 'crash');
  openGate(open);
  // It waits behind the first until there is a thread: some later task brings that.
  const later = [];
  const timer = setInterval(() => later.push(pool.run(open)), 10);
  assert.equal(await second, open);
  clearInterval(timer);
  openGate(closed);
  await Promise.all([first, ...later]);
  await pool.close();
});
