'use strict';

// How a pool and its threads end: `close({ drop: true })`, the export `teardown`, and the streams of the output.

const assert = require('node:assert/strict');
const { once } = require('node:events');
const { mkdtempSync, rmSync, writeFileSync } = require('node:fs');
const { tmpdir } = require('node:os');
const path = require('node:path');
const { test } = require('node:test');
const { setTimeout: sleep } = require('node:timers/promises');
const { WorkerPool } = require('../index');

const FILE = path.join(__dirname, 'fixtures', 'torn-down.js');
const ELASTIC = path.join(__dirname, 'fixtures', 'elastic.js');

/** @returns the counts that the worker file shares, and a pool of it. */
function counting(size, options, mode = 0) {
  const counts = new Int32Array(new SharedArrayBuffer(12));
  counts[2] = mode;
  return { counts, pool: new WorkerPool(size, FILE, { ...options, workerOptions: { workerData: counts } }) };
}

for (const { kind, worker, options, long } of [
  { kind: 'native', worker: undefined, options: {}, long: { n: 60 } },
  { kind: 'file', worker: ELASTIC, options: { abortTimeout: 60_000 }, long: { act: 'wait' } },
]) {
  test(`${kind}: close with drop rejects queued tasks, and running ones finish`, async () => {
    const pool = new WorkerPool(2, worker, options);
    const ends = new AbortController();
    const running = [1, 2].map(() => pool.run(long, { signal: ends.signal }));
    while (pool.stats().waitTime.max === 0) await sleep(1);
    const queued = [1, 2, 3].map((i) => pool.run(long, i === 2 ? { priority: 1 } : undefined));
    const closed = pool.close({ drop: true });
    for (const task of queued) await assert.rejects(task, { code: 'ERR_POOL_CLOSED' });
    assert.deepEqual([pool.stats().running, pool.stats().queued, pool.stats().aborted], [2, 0, 3]);
    await assert.rejects(pool.run(long), { code: 'ERR_POOL_CLOSED' });
    ends.abort();
    for (const task of running) await assert.rejects(task, { code: 'ABORT_ERR' });
    await closed;
  });

  test(`${kind}: close with drop may follow a graceful close, and be followed by a forced one`, async () => {
    const pool = new WorkerPool(1, worker, options);
    const running = pool.run(long);
    const queued = pool.run(long);
    const closed = pool.close();
    assert.equal(pool.close({ drop: true }), closed);
    await assert.rejects(queued, { code: 'ERR_POOL_CLOSED' });
    assert.equal(pool.close({ force: true }), closed);
    await assert.rejects(running, { code: 'ERR_POOL_CLOSED' });
    await closed;
  });
}

test('close with drop gives up tasks that were posted ahead to a thread', async () => {
  const pool = new WorkerPool(1, FILE);
  for (let i = 0; i < 100; i++) await pool.run(); // short tasks, so that others are posted ahead
  const tasks = Array.from({ length: 100 }, () => pool.run());
  const closed = pool.close({ drop: true });
  const results = await Promise.allSettled(tasks);
  await closed;
  const { completed, aborted, queued, running } = pool.stats();
  assert.deepEqual([completed + aborted, queued, running], [200, 0, 0]);
  assert.equal(results.filter(({ status }) => status === 'rejected').length, aborted);
  assert.ok(aborted > 0);
});

test('drop must be a boolean', async () => {
  const pool = new WorkerPool(1);
  await assert.rejects(pool.close({ drop: 1 }), { code: 'ERR_INVALID_ARG_TYPE', message: /options\.drop/ });
  await pool.close();
});

test('teardown is awaited when a pool closes', async () => {
  const { pool, counts } = counting(3);
  await Promise.all([1, 2, 3].map(() => pool.run({ ms: 1 })));
  await pool.close();
  assert.deepEqual([...counts], [3, 3, 0]);
});

test('teardown is awaited when an idle thread ends, and when a thread is replaced', async () => {
  const idle = counting(1, { minSize: 0, idleTimeout: 0 });
  await idle.pool.run();
  while (Atomics.load(idle.counts, 1) === 0) await sleep(1);
  await idle.pool.close();
  assert.deepEqual([...idle.counts], [1, 1, 0]);

  const recycled = counting(1, { recycle: { tasks: 1 } });
  await recycled.pool.run();
  await recycled.pool.run();
  await recycled.pool.close();
  assert.ok(recycled.counts[0] >= 2);
  assert.equal(recycled.counts[0], recycled.counts[1]);
});

test('teardown is not called by a forced close, nor for a thread that has died', async () => {
  const { pool, counts } = counting(1);
  await assert.rejects(pool.run({ act: 'exit' }), { code: 'ERR_POOL_CRASH' });
  await pool.run();
  await pool.close({ force: true });
  assert.deepEqual([...counts], [0, 0, 0]);
});

test("an error of teardown is a 'crash', and the thread ends all the same", async () => {
  const { pool } = counting(1, undefined, 1);
  await pool.run();
  const crash = once(pool, 'crash');
  await pool.close();
  const [error] = await crash;
  assert.ok(error instanceof RangeError && error.message === 'no teardown');
});

test('a teardown that never ends holds a graceful close, but not a forced one', async () => {
  const { pool, counts } = counting(1, undefined, 2);
  await pool.run();
  const closed = pool.close();
  while (Atomics.load(counts, 1) === 0) await sleep(1);
  pool.close({ force: true });
  await closed;
});

test('teardown is no task', async () => {
  const pool = new WorkerPool(1, FILE);
  await assert.rejects(pool.run({}, { name: 'teardown' }), { code: 'ERR_POOL_TASK_NOT_FOUND' });
  await pool.close();
});

test('an ES module and a file of message style may export teardown', async (t) => {
  const directory = mkdtempSync(path.join(tmpdir(), 'teardown-'));
  t.after(() => rmSync(directory, { recursive: true }));
  const teardown = `export function teardown() { Atomics.add(workerData, 0, 1); }`;
  const files = {
    'function.mjs': `import { workerData } from 'node:worker_threads'; export default (x) => x; ${teardown}`,
    'named.mjs': `import { workerData } from 'node:worker_threads'; export const echo = (x) => x; ${teardown}`,
    'message.mjs': `import { parentPort, workerData } from 'node:worker_threads';
      parentPort.on('message', (x) => parentPort.postMessage(x)); ${teardown}`,
  };
  for (const [name, source] of Object.entries(files)) {
    writeFileSync(path.join(directory, name), source);
    const workerData = new Int32Array(new SharedArrayBuffer(4));
    const pool = new WorkerPool(1, path.join(directory, name), { workerOptions: { workerData } });
    assert.equal(await pool.run(1, name === 'named.mjs' ? { name: 'echo' } : undefined), 1);
    await pool.close();
    assert.equal(workerData[0], 1, name);
  }
});

test('pool.stdout and pool.stderr are what all threads print, and end with the pool', async () => {
  const pool = new WorkerPool(2, FILE, { workerOptions: { stdout: true, stderr: true } });
  const texts = [pool.stdout, pool.stderr].map(async (stream) => {
    let text = '';
    for await (const chunk of stream.setEncoding('utf8')) text += chunk;
    return text;
  });
  assert.equal(pool.stdout, pool.stdout);
  const ids = await Promise.all([1, 2, 3, 4].map(() => pool.run({ act: 'print', ms: 1 })));
  await pool.close();
  const [out, err] = await Promise.all(texts);
  const lines = (text) => text.trimEnd().split('\n').sort();
  assert.deepEqual(lines(out), ids.map((id) => `out ${id}`).sort());
  assert.deepEqual(lines(err), ids.map((id) => `err ${id}`).sort());
});

test('output that nobody has asked for is discarded', async () => {
  const pool = new WorkerPool(1, FILE, { workerOptions: { stdout: true } });
  for (let i = 0; i < 20; i++) await pool.run({ act: 'print much' });
  const stream = pool.stdout;
  assert.equal(stream.readableLength, 0);
  assert.equal(pool.stderr, null);
  await pool.close();
  stream.resume();
  await once(stream, 'end');
});

test('output that is not read yet is kept', async () => {
  const pool = new WorkerPool(1, FILE, { workerOptions: { stdout: true } });
  const stream = pool.stdout;
  for (let i = 0; i < 5; i++) await pool.run({ act: 'print much' });
  let length = 0;
  for await (const chunk of stream) {
    length += chunk.length;
    if (length === 5 * 2 ** 20) break;
  }
  await pool.close();
});

test('a destroyed stream discards', async () => {
  const pool = new WorkerPool(1, FILE, { workerOptions: { stdout: true } });
  pool.stdout.destroy();
  for (let i = 0; i < 5; i++) await pool.run({ act: 'print much' });
  await pool.close();
});

test('other pools have no streams', async () => {
  for (const pool of [new WorkerPool(1), new WorkerPool(1, FILE)]) {
    assert.deepEqual([pool.stdout, pool.stderr], [null, null]);
    await pool.close();
  }
});
