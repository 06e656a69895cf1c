'use strict';

// How a task that runs in a worker file is stopped: by itself in the time it is given, or with its thread.

const { test } = require('node:test');
const assert = require('node:assert/strict');
const { setTimeout: sleep } = require('node:timers/promises');
const { WorkerPool } = require('..');
const { fileOf } = require('./support/files');

/**
 * Answers with its thread; ends by itself when its signal aborts, if it is 'polite', and never if it is 'deaf'. The next
 * task can ask for the 'reason' of the abort.
 */
const SOURCE = `
  const { threadId } = require('worker_threads');
  const { once } = require('events');
  let reason;
  module.exports = async (how, { signal, progress }) => {
    progress('started');
    if (how === 'reason') return reason;
    if (how === 'polite') {
      if (!signal.aborted) await once(signal, 'abort');
      reason = signal.reason.name + ': ' + signal.reason.message;
      throw signal.reason;
    }
    if (how === 'obliging') {
      await once(signal, 'abort');
      return 'a result nobody wants';
    }
    if (how === 'deaf') for (;;);
    return threadId;
  };`;

/** Runs a task and calls `stop` when it has started. @returns what it rejects with. */
async function stopOnceStarted(pool, how, options, stop) {
  try {
    await pool.run(how, { ...options, onProgress: stop });
  } catch (error) {
    return error;
  }
  return assert.fail('it has a result');
}

test('an abort reason that cannot be read or cloned still stops the tasks', async (t) => {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  let chain = new Error('the last');
  for (let i = 0; i < 20_000; i++) chain = new Error('in between', { cause: chain });
  const pool = new WorkerPool(1, fileOf(t, SOURCE), { abortTimeout: 60_000 });
  for (const reason of [proxy, Object.assign(new Error('seen'), { proxy }), chain, () => {}]) {
    const controller = new AbortController();
    let queued;
    const error = await stopOnceStarted(pool, 'obliging', { signal: controller.signal }, () => {
      queued = Promise.allSettled([1, 2].map((data) => pool.run(data, { signal: controller.signal })));
      controller.abort(reason);
    });
    assert.equal(error.cause, reason);
    for (const { reason } of await queued) assert.equal(reason?.code, 'ABORT_ERR');
  }
  await pool.close();
});

test('a task that ends by itself within abortTimeout keeps its thread', async (t) => {
  const pool = new WorkerPool(1, fileOf(t, SOURCE), { abortTimeout: 60_000 });
  const thread = await pool.run();
  for (const how of ['polite', 'obliging']) {
    const controller = new AbortController();
    const reason = new Error('enough');
    const error = await stopOnceStarted(pool, how, { signal: controller.signal }, () => controller.abort(reason));
    assert.equal(error.code, 'ABORT_ERR');
    assert.equal(error.cause, reason);
    if (how === 'polite') assert.equal(await pool.run('reason'), 'Error: enough');
    const late = await stopOnceStarted(pool, how, { timeout: 5 });
    assert.equal(late.code, 'ERR_POOL_TIMEOUT');
  }
  assert.equal(await pool.run(), thread);
  const { aborted, timedOut, crashes } = pool.stats();
  assert.deepEqual({ aborted, timedOut, crashes }, { aborted: 2, timedOut: 2, crashes: 0 });
  await pool.close();
});

test('the abort reason arrives in the worker with its class and properties', async (t) => {
  const file = fileOf(
    t,
    `const { once } = require('events');
     let reason;
     module.exports = async ({ how, name }, { signal, progress }) => {
       progress('started');
       if (how === 'wait') {
         if (!signal.aborted) await once(signal, 'abort');
         reason = signal.reason;
       }
       const isOfClass = reason instanceof globalThis[name];
       return [isOfClass ? 'of its class' : '', reason.name, reason.message, reason.code, reason.more];
     };`,
  );
  const pool = new WorkerPool(1, file, { abortTimeout: 60_000 });
  const run = async (name, options, stop) => {
    await stopOnceStarted(pool, { how: 'wait', name }, options, stop);
    return pool.run({ how: 'tell', name });
  };
  const aborting = async (name, reason) => {
    const controller = new AbortController();
    return run(name, { signal: controller.signal }, () => controller.abort(reason));
  };
  assert.deepEqual(await aborting('DOMException'), [
    'of its class',
    'AbortError',
    'This operation was aborted',
    20,
    undefined,
  ]);
  const error = Object.assign(new RangeError('too much'), { code: 'MUCH', more: 5 });
  assert.deepEqual(await aborting('RangeError', error), ['of its class', 'RangeError', 'too much', 'MUCH', 5]);
  assert.deepEqual(await run('Error', { timeout: 1 }), [
    'of its class',
    'Error',
    'Task ran for longer than 1 ms',
    'ERR_POOL_TIMEOUT',
    undefined,
  ]);
  await pool.close();
});

test('an abort reason that cannot be cloned arrives as an AbortError', async (t) => {
  const pool = new WorkerPool(1, fileOf(t, SOURCE), { abortTimeout: 60_000 });
  const controller = new AbortController();
  const reason = () => {};
  const error = await stopOnceStarted(pool, 'polite', { signal: controller.signal }, () => controller.abort(reason));
  assert.equal(error.cause, reason);
  assert.match(await pool.run('reason'), /^AbortError: /);
  await pool.close();
});

for (const abortTimeout of [0, 20]) {
  test(`a task that does not end within an abortTimeout of ${abortTimeout} ms is terminated with its thread`, async (t) => {
    const pool = new WorkerPool(1, fileOf(t, SOURCE), { abortTimeout });
    pool.on('crash', () => assert.fail('emitted'));
    let thread = await pool.run();
    for (const [options, code] of [
      [{}, 'ABORT_ERR'],
      [{ timeout: 5 }, 'ERR_POOL_TIMEOUT'],
    ]) {
      const controller = new AbortController();
      const stop = code === 'ABORT_ERR' ? () => controller.abort() : undefined;
      const error = await stopOnceStarted(pool, 'deaf', { ...options, signal: controller.signal }, stop);
      assert.equal(error.code, code);
      const next = await pool.run();
      assert.notEqual(next, thread);
      thread = next;
      assert.equal(pool.all.size, 1);
    }
    assert.equal(pool.stats().crashes, 0);
    await pool.close();
  });
}

test('without abortTimeout, even a task that listens to its signal is terminated with its thread', async (t) => {
  const pool = new WorkerPool(1, fileOf(t, SOURCE));
  const thread = await pool.run();
  const error = await stopOnceStarted(pool, 'polite', { timeout: 1 });
  assert.equal(error.code, 'ERR_POOL_TIMEOUT');
  assert.notEqual(await pool.run(), thread);
  await pool.close();
});

test('a task that is stopped twice leaves no time limit for the next task', async (t) => {
  const file = fileOf(
    t,
    `const { workerData: ends } = require('worker_threads');
     module.exports = async (task) => {
       while (Atomics.load(ends, task) === 0) await new Promise(setImmediate);
       return task;
     };`,
  );
  const ends = new Int32Array(new SharedArrayBuffer(8));
  const abortTimeout = 100;
  const pool = new WorkerPool(1, file, { abortTimeout, workerOptions: { workerData: ends } });
  const controller = new AbortController();
  const stopped = pool.run(0, { timeout: 5, signal: controller.signal });
  const next = pool.run(1);
  await assert.rejects(stopped, { code: 'ERR_POOL_TIMEOUT' });
  controller.abort();
  Atomics.store(ends, 0, 1);
  await sleep(2 * abortTimeout); // a limit of the first task that was left would end the thread of the second
  Atomics.store(ends, 1, 1);
  assert.equal(await next, 1);
  await pool.close();
});

test('a task that is aborted before its thread has begun it does not run on another thread', async (t) => {
  const file = fileOf(
    t,
    `const { parentPort, workerData: { mayEnd, ran } } = require('worker_threads');
     parentPort.once('message', (data) => {
       ran[data]++;
       parentPort.postMessage(data);
       const alive = setInterval(() => Atomics.load(mayEnd, 0) === 1 && clearInterval(alive), 1);
     });`,
  );
  const mayEnd = new Int32Array(new SharedArrayBuffer(4));
  const ran = new Int32Array(new SharedArrayBuffer(16));
  const pool = new WorkerPool(1, file, { abortTimeout: 60_000, workerOptions: { workerData: { mayEnd, ran } } });
  let crashes = 0;
  pool.on('crash', () => crashes++);
  assert.equal(await pool.run(1), 1);
  const controller = new AbortController();
  const aborted = assert.rejects(pool.run(2, { signal: controller.signal }), { code: 'ABORT_ERR' });
  setImmediate(() => {
    controller.abort();
    Atomics.store(mayEnd, 0, 1);
  });
  await aborted;
  assert.equal(await pool.run(3), 3);
  const { completed, aborted: count } = pool.stats();
  assert.deepEqual({ completed, count, crashes }, { completed: 2, count: 1, crashes: 1 });
  assert.deepEqual([...ran], [0, 1, 0, 1]);
  await pool.close();
});

test('a forced close ignores abortTimeout', async (t) => {
  const pool = new WorkerPool(2, fileOf(t, SOURCE), { abortTimeout: 1e6 });
  const started = new Promise((resolve) => {
    pool.run('deaf', { onProgress: resolve }).catch(() => {});
  });
  await started;
  const tasks = Promise.allSettled([pool.run('polite'), pool.run('deaf'), pool.run()]);
  await pool.close({ force: true });
  for (const { reason } of await tasks) assert.equal(reason.code, 'ERR_POOL_CLOSED');
});

test('a forced close ends a task that is within its abortTimeout', async (t) => {
  const pool = new WorkerPool(1, fileOf(t, SOURCE), { abortTimeout: Infinity });
  const controller = new AbortController();
  const task = stopOnceStarted(pool, 'deaf', { signal: controller.signal }, () => {
    controller.abort();
    setImmediate(() => pool.close({ force: true }));
  });
  assert.equal((await task).code, 'ABORT_ERR');
  await pool.close();
});
