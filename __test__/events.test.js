'use strict';

// The events of the threads of a worker file, `context.workerId`, messages beside the answers, and broadcasts.

const assert = require('node:assert/strict');
const { once } = require('node:events');
const { mkdtempSync, rmSync, writeFileSync } = require('node:fs');
const { tmpdir } = require('node:os');
const path = require('node:path');
const { test } = require('node:test');
const { WorkerPool } = require('../index');

const FILE = path.join(__dirname, 'fixtures', 'talkative.js');
const NAMES = ['workerCreate', 'workerReady', 'workerExit'];

/** @returns a pool, and its events in their order. */
function observed(size, options) {
  const pool = new WorkerPool(size, FILE, options);
  const events = [];
  for (const name of NAMES) pool.on(name, (worker) => events.push({ name, ...worker }));
  return { pool, events };
}

test('the events of each thread arrive in order, with its ids', async () => {
  const { pool, events } = observed(2);
  const results = await Promise.all([pool.run(), pool.run(), pool.run(), pool.run()]);
  await pool.close();
  const ids = new Map(results.map(({ threadId, workerId }) => [threadId, workerId]));
  const created = events.filter(({ name }) => name === 'workerCreate');
  assert.deepEqual(created.map(({ workerId }) => workerId).sort(), [1, 2]);
  for (const { threadId, workerId } of created) {
    const own = events.filter((event) => event.threadId === threadId);
    assert.deepEqual(
      own.map(({ name }) => name),
      NAMES,
    );
    assert.ok(own.every((event) => event.workerId === workerId));
    assert.equal(own[2].exitCode, 0);
    assert.ok(!ids.has(threadId) || ids.get(threadId) === workerId);
  }
});

test('a thread that dies and its replacement have the same workerId', async () => {
  const { pool, events } = observed(1);
  await assert.rejects(pool.run({ act: 'exit' }), { code: 'ERR_POOL_CRASH' });
  const { workerId } = await pool.run();
  await pool.close();
  assert.equal(workerId, 1);
  const created = events.filter(({ name }) => name === 'workerCreate');
  assert.deepEqual(
    created.map((event) => event.workerId),
    [1, 1],
  );
  const exits = events.filter(({ name }) => name === 'workerExit');
  assert.deepEqual(
    exits.map(({ exitCode }) => exitCode),
    [5, 0],
  );
});

test('threads that end because they are idle, and that replace others, have events, too', async () => {
  const { pool, events } = observed(1, { minSize: 0, idleTimeout: 0, recycle: { tasks: 1 } });
  await pool.run();
  await pool.run();
  await pool.close();
  const count = (name) => events.filter((event) => event.name === name).length;
  assert.ok(count('workerCreate') >= 2);
  assert.equal(count('workerCreate'), count('workerExit'));
});

test("what a file posts beside its answers is the event 'message', before the task settles", async () => {
  const pool = new WorkerPool(1, FILE);
  const messages = [];
  pool.on('message', (value, worker) => messages.push({ value, worker }));
  const worker = await pool.run({ act: 'post', value: { a: [1n, new Date(0)] } });
  assert.deepEqual(messages, [{ value: { a: [1n, new Date(0)] }, worker }]);
  assert.equal(await pool.run({ act: 'post buffer' }), 0, 'the buffer is transferred');
  assert.equal(messages[1].value.byteLength, 8);
  await pool.close();
});

test('a value that cannot be cloned is an error where it is sent', async () => {
  const pool = new WorkerPool(1, FILE);
  await assert.rejects(pool.run({ act: 'post function' }), { name: 'DataCloneError' });
  assert.throws(() => pool.broadcast(() => {}), { name: 'DataCloneError' });
  await pool.run();
  await pool.close();
});

test('the second message of a file of message style is no answer', async (t) => {
  const directory = mkdtempSync(path.join(tmpdir(), 'messages-'));
  t.after(() => rmSync(directory, { recursive: true }));
  const file = path.join(directory, 'twice.js');
  writeFileSync(
    file,
    `const { parentPort } = require('node:worker_threads');
     parentPort.on('message', (data) => { parentPort.postMessage(data); parentPort.postMessage('more'); });`,
  );
  const pool = new WorkerPool(1, file);
  const message = once(pool, 'message');
  assert.deepEqual([await pool.run(7), await pool.run(8)], [7, 8]);
  assert.equal((await message)[0], 'more');
  await pool.close();
});

test('a broadcast reaches all threads, also those that are loading', async () => {
  const pool = new WorkerPool(3, FILE);
  pool.broadcast('early');
  await Promise.all([1, 2, 3].map(() => pool.run()));
  pool.broadcast({ late: 1 });
  const ids = new Set();
  while (ids.size < 3) {
    const all = await Promise.all([1, 2, 3].map(() => pool.run({ act: 'received', until: 2 })));
    for (const received of all) assert.deepEqual(received, ['early', { late: 1 }]);
    for (const { workerId } of await Promise.all([1, 2, 3].map(() => pool.run()))) ids.add(workerId);
  }
  await pool.close();
  assert.throws(() => pool.broadcast(1), { code: 'ERR_POOL_CLOSED' });
});

test('a pool of native tasks has no broadcast', async () => {
  const pool = new WorkerPool(1);
  assert.throws(() => pool.broadcast(1), { code: 'ERR_INVALID_ARG_VALUE' });
  await pool.close();
});
