'use strict';

// How the threads of worker files end: a graceful close lets them, a forced one does not.

const { test } = require('node:test');
const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { setTimeout: sleep, setImmediate: turn } = require('node:timers/promises');
const { pathToFileURL } = require('node:url');
const { WorkerPool } = require('..');
const { runProgram } = require('./support/child');
const { directoryOf, fileOf } = require('./support/files');

// Places in memory that the tests share with threads.
const IS_OPEN = 0;
const HAS_COME = 1;
const HAS_ENDED = 2;

/** A pool whose threads do this when they exit; `shared` is memory of theirs and of the test. */
function poolThatExits(t, onExit, { size = 1, source = '' } = {}) {
  const shared = new Int32Array(new SharedArrayBuffer(12));
  const file = fileOf(
    t,
    `const { workerData: shared } = require('node:worker_threads');
     process.on('exit', () => { ${onExit} });
     ${source}
     module.exports = (data) => data;`,
  );
  return { pool: new WorkerPool(size, file, { workerOptions: { workerData: shared } }), shared };
}

const WAIT = `Atomics.store(shared, ${HAS_COME}, 1); Atomics.wait(shared, ${IS_OPEN}, 0); Atomics.add(shared, ${HAS_ENDED}, 1);`;

async function reached(shared, place) {
  while (Atomics.load(shared, place) === 0) await turn();
}

test('close waits for exit handlers, however long they take', async (t) => {
  const { pool, shared } = poolThatExits(t, WAIT);
  assert.equal(await pool.run(1), 1);
  let isClosed = false;
  const closed = pool.close().then(() => {
    isClosed = true;
  });
  await reached(shared, HAS_COME);
  await sleep(1200); // longer than any patience that a pool has had
  assert.equal(isClosed, false);
  Atomics.store(shared, IS_OPEN, 1);
  Atomics.notify(shared, IS_OPEN);
  await closed;
  assert.equal(shared[HAS_ENDED], 1);
});

const FORCED = {
  'close({ force })': (pool) => pool.close({ force: true }),
  'close({ timeout })': (pool) => pool.close({ timeout: 1 }),
  'close({ force }) after a graceful one': (pool) => Promise.all([pool.close(), pool.close({ force: true })]),
  'close({ timeout }) after a graceful one': (pool) => Promise.all([pool.close(), pool.close({ timeout: 1 })]),
};

for (const [what, close] of Object.entries(FORCED)) {
  test(`${what} ends threads at once, even while their exit handlers run`, async (t) => {
    const { pool, shared } = poolThatExits(t, WAIT, { size: 2 });
    await Promise.all([1, 2, 3, 4].map((data) => pool.run(data)));
    await close(pool); // nobody opens the gate
    assert.equal(shared[HAS_ENDED], 0);
  });
}

test('a graceful close that waits for an endless exit handler can be forced', async (t) => {
  const { pool, shared } = poolThatExits(t, WAIT);
  await pool.run(1);
  const closed = pool.close();
  await reached(shared, HAS_COME);
  await pool.close({ force: true });
  await closed;
});

const REPLACED = {
  'process.exit': 'process.exit = () => {};',
  'what process.exit calls': 'process.reallyExit = () => {};',
  both: 'process.exit = process.reallyExit = () => {};',
  'what process.exit emits': 'process.emit = () => { throw new Error("no"); };',
};

for (const [what, source] of Object.entries(REPLACED)) {
  test(`the threads of a file that replaces ${what} end on close`, async (t) => {
    const { pool, shared } = poolThatExits(t, `shared[${HAS_ENDED}] = 1;`, { source });
    assert.equal(await pool.run(1), 1);
    await pool.close();
    assert.equal(shared[HAS_ENDED], what === 'what process.exit emits' ? 0 : 1);
  });
}

test('a thread whose exit handler throws ends', async (t) => {
  const source = "process.on('uncaughtException', () => {}); setInterval(() => {}, 1000);";
  const { pool } = poolThatExits(t, "throw new Error('no');", { source });
  assert.equal(await pool.run(1), 1);
  await pool.close();
  assert.equal(pool.stats().crashes, 0);
});

test('threads end on close whatever the file has open', async (t) => {
  const source = `setInterval(() => {}, 1000);
    require('node:net').createServer().listen(0);
    new (require('node:worker_threads').MessageChannel)().port1.on('message', () => {});`;
  const { pool, shared } = poolThatExits(t, `shared[${HAS_ENDED}] = 1;`, { source });
  assert.equal(await pool.run(1), 1);
  await pool.close();
  assert.equal(shared[HAS_ENDED], 1);
});

test('a thread that is busy after its answer ends when it is idle', async (t) => {
  const shared = new Int32Array(new SharedArrayBuffer(12));
  const file = fileOf(
    t,
    `const { workerData: shared } = require('node:worker_threads');
     module.exports = (data) => { setImmediate(() => { ${WAIT} }); return data; };`,
  );
  const pool = new WorkerPool(1, file, { workerOptions: { workerData: shared } });
  assert.equal(await pool.run(1), 1);
  await reached(shared, HAS_COME);
  const closed = pool.close();
  Atomics.store(shared, IS_OPEN, 1);
  Atomics.notify(shared, IS_OPEN);
  await closed;
  assert.equal(shared[HAS_ENDED], 1);
});

test('a pool closes while its file is loading', async (t) => {
  const sources = [
    'setInterval(() => {}, 1000); await new Promise(() => {});',
    'setInterval(() => {}, 1000);', // it may listen yet
    'export default (n) => n;',
  ];
  for (const source of sources) {
    const pool = new WorkerPool(2, fileOf(t, source, 'worker.mjs'));
    await pool.close();
    const { submitted, crashes } = pool.stats();
    assert.deepEqual({ submitted, crashes }, { submitted: 0, crashes: 0 });
  }
});

test('V8 coverage of a large worker file is written on close', async (t) => {
  const functions = Array.from({ length: 5_000 }, (_, i) => `function f${i}(n) { return n > ${i} ? n : ${i}; }`);
  const directory = directoryOf(t, {
    'package.json': '{ "type": "commonjs" }',
    'worker.js': `${functions.join('\n')}\nmodule.exports = (n) => f7(n);`,
  });
  const file = path.join(directory, 'worker.js');
  const coverage = path.join(directory, 'coverage');
  const { code, stderr } = await runProgram(
    `const pool = new WorkerPool(2, ${JSON.stringify(file)}, {
       workerOptions: { env: { ...process.env, NODE_V8_COVERAGE: ${JSON.stringify(coverage)} } },
     });
     Promise.all([1, 2, 3, 4].map((n) => pool.run(n))).then(() => pool.close());`,
    { env: { NODE_V8_COVERAGE: coverage } },
  );
  assert.deepEqual({ code, stderr }, { code: 0, stderr: '' });
  const covered = fs
    .readdirSync(coverage)
    .map((name) => JSON.parse(fs.readFileSync(path.join(coverage, name), 'utf8')).result)
    .map((result) => result.find(({ url }) => url === pathToFileURL(file).href))
    .filter((script) => script !== undefined);
  assert.equal(covered.length, 2, 'one for each thread');
  for (const { functions } of covered) {
    assert.ok(functions.some(({ functionName }) => functionName === 'f4999'));
  }
});
