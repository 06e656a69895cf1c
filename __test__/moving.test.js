'use strict';

// Runs the code of each row of the tables of docs/moving.md.

const { test } = require('node:test');
const assert = require('node:assert/strict');
const { once } = require('node:events');
const fs = require('node:fs');
const crypto = require('node:crypto');
const path = require('node:path');
const { text } = require('node:stream/consumers');
const { pathToFileURL } = require('node:url');
const { isDeepStrictEqual } = require('node:util');
const { WorkerPool } = require('..');
const { fileOf } = require('./support/files');

const page = fs.readFileSync(path.resolve(__dirname, '../docs/moving.md'), 'utf8');

/** The replacement of an option that has none. */
const NOTHING = '—';

/** The rows of the tables that have a replacement: the section, the code before the move, and the code after it. */
function* rows() {
  let section;
  for (const line of page.split('\n')) {
    if (line.startsWith('## ')) section = line.slice(3);
    const [, there, here, remark] = line.split(/(?<!\|)\| /);
    if (!line.startsWith('| ') || there.trim() === 'there' || there.trim() === 'option') continue;
    if (here.trim() === NOTHING)
      assert.ok(remark.length > 10, `the row of ${there} does not explain what to do instead`);
    else yield { section, there: there.trim(), here: here.trim().match(/^`(.*)`$/)?.[1] };
  }
}

/** The worker file of the tests. It returns its data, unless they name something else to do. */
const FILE = `const { parentPort, threadId, workerData } = require('node:worker_threads');
module.exports = (data, { progress }) => {
  progress('working');
  if (data?.port) return data.port.postMessage('hello');
  if (data === 'long') return new Promise(() => {});
  if (data === 'soon') return new Promise((resolve) => setImmediate(resolve, data));
  if (data === 'die') process.exit(1);
  if (data === 'post') parentPort.postMessage('posted');
  if (data === 'print') { console.log('to stdout'); console.error('to stderr'); }
  if (data === 'threadId') return threadId;
  if (data === 'start') return { argv: process.argv.slice(2), variables: Object.keys(process.env), workerData };
  return data;
};
module.exports.double = (n) => 2 * n;`;

/** Worker files by their source: the data of a task, and the expected answer, reports and output. */
const WORKER_FILES = {
  'export default (bytes, { transfer }) => transfer(bytes, [bytes.buffer])': { data: new Uint8Array([1, 2]) },
  "export default (data, { progress }) => { progress('half'); return data; }": { data: 7, reported: ['half'] },
  'module.exports = (data) => data': { data: [1, 2] },
  "require('node:worker_threads').parentPort.on('message', function (data) { this.postMessage(data); })": { data: 7 },
  'module.exports = { double: (n) => 2 * n, half: (n) => n / 2 }': { name: 'half', data: 8, answer: 4 },
  "module.exports = { default: (data) => data, teardown: async () => console.log('closed') }": {
    data: 7,
    printed: 'closed\n',
  },
};

/** Constructors by their source: a check of what their options do, beyond the checks of every pool. */
const POOLS = {
  'new WorkerPool(4, file, { maxQueue: 100 })': (pool) => assert.equal(pool.maxQueue, 100),
  "new WorkerPool(4, file, { workerOptions: { argv: ['a'] } })": async (pool) =>
    assert.deepEqual((await pool.run('start')).argv, ['a']),
  'new WorkerPool(4, file, { workerOptions: { env: {} } })': async (pool) =>
    assert.deepEqual((await pool.run('start')).variables, []),
  'new WorkerPool(4, file, { workerOptions: { workerData: 1 } })': async (pool) =>
    assert.equal((await pool.run('start')).workerData, 1),
  'new WorkerPool(4, file, { concurrency: 8 })': async (pool) => {
    const tasks = Array.from({ length: 33 }, () => pool.run('soon'));
    assert.deepEqual([pool.idle.length, pool.queue.length], [0, 1]);
    await Promise.all(tasks);
  },
  'new WorkerPool(4, file, { recycle: { tasks: 1 } })': async (pool) => {
    const ids = [];
    for (let i = 0; i < 5; i++) ids.push(await pool.run('threadId'));
    assert.equal(new Set(ids).size, 5, 'each task has a thread of its own');
  },
  'new WorkerPool(4, file, { workerOptions: { stdout: true, stderr: true } })': async (pool) => {
    const output = Promise.all([text(pool.stdout), text(pool.stderr)]);
    await pool.run('print');
    await pool.close(); // the streams end
    assert.deepEqual(await output, ['to stdout\n', 'to stderr\n']);
  },
};

/** Lets a thread die, and runs a task on its replacement. @returns the ids of both threads. */
async function replaceThread(pool) {
  const old = await pool.run('threadId'); // the other thread is busy
  await assert.rejects(pool.run('die'), { code: 'ERR_POOL_CRASH' });
  return { old, replacement: await pool.run('threadId') };
}

/** Calls by their source: whether the outcome is right. Three tasks have run before, and a fourth one is running. */
const CALLS = {
  "require('native-worker-pool')": ({ result }) => result.WorkerPool === WorkerPool,
  'pool.run(data)': ({ result, data }) => isDeepStrictEqual(result, data),
  'pool.run(data, { signal })': ({ result, data }) => isDeepStrictEqual(result, data),
  'pool.run(data, { priority: 1 })': ({ result, data }) => isDeepStrictEqual(result, data),
  'pool.run(data, { timeout: 1000 })': ({ result, data }) => isDeepStrictEqual(result, data),
  'pool.run(data, { transfer: [buffer] })': ({ buffer }) => buffer.byteLength === 0,
  'pool.run({ port }, { transfer: [port] })': ({ said }) => said.then((value) => value === 'hello'),
  'pool.run(data, { onProgress: (value) => seen.push(value) })': ({ seen }) => isDeepStrictEqual(seen, ['working']),
  "pool.run(data, { name: 'double' })": ({ result }) => Number.isNaN(result),
  "pool.run(21, { name: 'double' })": ({ result }) => result === 42,
  'await pool.proxy().double(21)': ({ result }) => result === 42,
  'await pool.map([1, 2, 3])': ({ result }) => isDeepStrictEqual(result, [1, 2, 3]),
  'await pool.ready()': ({ result }) => result === undefined,
  'controller.abort()': ({ running }) => rejectsWith(running, 'ABORT_ERR'),
  "pool.on('crash', (error) => seen.push(error))": async ({ pool, seen }) => {
    const crash = once(pool, 'crash');
    await replaceThread(pool);
    return isDeepStrictEqual(seen, await crash) && seen[0].code === 'ERR_POOL_CRASH';
  },
  "pool.on('workerCreate', ({ threadId }) => seen.push(threadId))": async ({ pool, seen }) => {
    const { replacement } = await replaceThread(pool);
    return isDeepStrictEqual(seen, [replacement]);
  },
  "pool.on('workerReady', ({ threadId }) => seen.push(threadId))": async ({ pool, seen }) => {
    const { replacement } = await replaceThread(pool);
    return seen.at(-1) === replacement; // the second thread of the pool may have become ready only now
  },
  "pool.on('workerExit', ({ threadId }) => seen.push(threadId))": async ({ pool, seen }) => {
    const { old } = await replaceThread(pool);
    return isDeepStrictEqual(seen, [old]);
  },
  "pool.on('message', (value) => seen.push(value))": async ({ pool, seen }) => {
    await pool.run('post');
    return isDeepStrictEqual(seen, ['posted']);
  },
  'pool.size': ({ result }) => result === 2,
  'pool.all.size': ({ result }) => result === 2,
  'pool.idle.length': ({ result }) => result === 1,
  'pool.queue.length': ({ result }) => result === 0,
  'pool.stats().running': ({ result }) => result === 1,
  'pool.stats().completed': ({ result }) => result === 3,
  'pool.stats().utilization': ({ result }) => result > 0 && result < 1,
  'pool.stats().runTime.p99': ({ result }) => result > 0,
  'pool.stats().waitTime.mean': ({ result }) => result > 0,
  'pool.stats({ workers: true }).workers': ({ result }) =>
    result.length === 2 && result[0].ended + result[1].ended === 3 && result[0].running + result[1].running === 1,
  'pool.close()': hasClosedAfterTask,
  'await pool.close()': hasClosedAfterTask,
  'await pool.close({ drop: true })': hasClosedAfterTask,
  'await pool.close({ timeout: 1000 })': ({ pool }) => pool.all.size === 0,
  'await pool.close({ force: true })': ({ pool, running }) =>
    pool.all.size === 0 && rejectsWith(running, 'ERR_POOL_CLOSED'),
};

async function hasClosedAfterTask({ pool, running }) {
  return pool.all.size === 0 && (await running) === 'soon';
}

const rejectsWith = (task, expected) =>
  task.then(
    () => false,
    ({ code }) => code === expected,
  );

/** Calls of native tasks whose result differs from that of the other library: whether the result is right. */
const NATIVE_CALLS = {
  "await pool.run({ password, algorithm: 'bcrypt', cost: 10 }, { name: 'hashPassword' })": ({ result }) =>
    /^\$2b\$10\$.{53}$/.test(result),
  "await pool.run({ password, hash }, { name: 'verifyPassword' })": ({ result }) => result === true,
  "await pool.run({ password }, { name: 'hashPassword' })": ({ result }) => result.startsWith('$argon2id$v=19$'),
};
const NATIVE_SECTION = 'From node:crypto and bcrypt';
/** Passwords, and their hashes as the reference implementations of bcrypt and argon2 compute them. */
const STORED_ELSEWHERE = [
  { password: 'U*U', hash: '$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW' },
  {
    password: 'password',
    hash: '$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc',
  },
];

const AsyncFunction = (async () => {}).constructor;

/** The code after the move, with all that it replaces: it runs once for all of them. */
const replacements = new Map();
for (const { section, there, here } of rows()) {
  if (section === NATIVE_SECTION) {
    test(`${there} becomes ${here}`, (t) => assertNativeCall(t, there, here));
    continue;
  }
  replacements.set(here, [...(replacements.get(here) ?? []), `${section}: ${there}`]);
}

for (const [here, there] of replacements) {
  test(`${there.join(', ')} becomes ${here}`, async (t) => {
    assert.ok(here, 'the row has no code');
    if (here in WORKER_FILES) await assertWorkerFile(t, here);
    else if (here.startsWith('new WorkerPool(')) await assertPool(t, here);
    else await assertCall(t, here);
  });
}

async function assertWorkerFile(t, source) {
  const { name, data, answer = data, reported = [], printed = '' } = WORKER_FILES[source];
  const file = fileOf(t, source, source.startsWith('export') ? 'worker.mjs' : 'worker.js');
  const pool = new WorkerPool(1, file, { workerOptions: { stdout: true } });
  const output = text(pool.stdout);
  const seen = [];
  assert.deepEqual(await pool.run(data, { name, onProgress: (value) => seen.push(value) }), answer);
  assert.deepEqual(seen, reported);
  await pool.close();
  assert.equal(await output, printed);
}

async function assertPool(t, source) {
  const file = fileOf(t, FILE);
  const pool = await new AsyncFunction('WorkerPool', 'file', 'url', `return ${source}`)(
    WorkerPool,
    file,
    pathToFileURL(file).href,
  );
  assert.ok(pool instanceof WorkerPool);
  assert.equal(pool.size, 4);
  assert.equal(pool.stats().threads, Number(source.match(/minSize: (\d)/)?.[1] ?? 4));
  assert.equal(await pool.run(2, { name: 'double' }), 4);
  await POOLS[source]?.(pool);
  await pool.close();
}

/** Runs the code after the move, and that before it if it needs only Node.js. */
async function assertNativeCall(t, there, here) {
  const pool = new WorkerPool(4, 'native');
  const file = fileOf(t, 'data in a file');
  const data = 'data';
  const key = Buffer.from('key');
  const salt = 'a salt';
  const mac = crypto.createHmac('sha256', key).update(data).digest();
  for (const { password, hash } of STORED_ELSEWHERE) {
    const names = { ...crypto, readFileSync: fs.readFileSync, pool, file, data, key, mac, password, salt, hash };
    const run = (source) => new AsyncFunction(...Object.keys(names), `return ${source}`)(...Object.values(names));
    const result = await run(here);
    if (here in NATIVE_CALLS) assert.ok(NATIVE_CALLS[here]({ result }), String(result));
    else assert.deepEqual(result, await run(there.replaceAll('`', '')));
  }
  await pool.close();
}

async function assertCall(t, source) {
  const passes = CALLS[source];
  assert.ok(passes, 'the test does not check this call');
  const controller = new AbortController();
  const { signal } = controller;
  const buffer = new ArrayBuffer(8);
  const data = { bytes: new Uint8Array(buffer) };
  const { port1, port2: port } = new MessageChannel();
  const said = new Promise((resolve) => port1.once('message', resolve));
  const seen = [];
  const pool = new WorkerPool(2, fileOf(t, FILE));
  for (let i = 0; i < 3; i++) await pool.run(i);
  // A close that is not forced waits for this one.
  const running = pool.run(/close(?!.*force)/.test(source) ? 'soon' : 'long', { signal });
  running.catch(() => {});
  const names = {
    pool,
    data,
    signal,
    controller,
    buffer,
    port,
    said,
    seen,
    require: (name) => require(name.replace('native-worker-pool', '..')),
  };
  const run = new AsyncFunction(...Object.keys(names), `return ${source}`);
  const copy = structuredClone(data);
  const result = await run(...Object.values(names));
  assert.ok(await passes({ ...names, data: copy, result, running }), JSON.stringify(result));
  await pool.close({ force: true });
  port1.close();
}

test('docs/moving.md contains all code that is tested', () => {
  const written = [...rows()].map(({ here }) => here);
  for (const source of [CALLS, POOLS, WORKER_FILES, NATIVE_CALLS].flatMap(Object.keys))
    assert.ok(written.includes(source), source);
});
