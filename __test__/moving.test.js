'use strict';

// What docs/moving.md says is to be written here, line for line.

const { test } = require('node:test');
const assert = require('node:assert/strict');
const fs = require('node:fs');
const crypto = require('node:crypto');
const path = require('node:path');
const { pathToFileURL } = require('node:url');
const { isDeepStrictEqual } = require('node:util');
const { WorkerPool } = require('..');
const { fileOf } = require('./support/files');

const page = fs.readFileSync(path.resolve(__dirname, '../docs/moving.md'), 'utf8');

/** What is written in a table for an option that does not exist here. */
const NOTHING = '—';

/** The lines of its tables: the section, what was written there, and what is written here. */
function* lines() {
  let section;
  for (const line of page.split('\n')) {
    if (line.startsWith('## ')) section = line.slice(3);
    const [, there, here, remark] = line.split(/(?<!\|)\| /);
    if (!line.startsWith('| ') || there.trim() === 'there' || there.trim() === 'option') continue;
    if (here.trim() === NOTHING) assert.ok(remark.length > 10, `${there} says nothing of what to do instead`);
    else yield { section, there: there.trim(), here: here.trim().match(/^`(.*)`$/)?.[1] };
  }
}

/** The file of the tests: a task is a name and data, or data that comes back. */
const FILE = `module.exports = (data, { progress }) => {
  progress('working');
  if (data?.port) return data.port.postMessage('hello');
  if (data === 'long') return new Promise(() => {});
  return data?.name === 'double' ? 2 * data.data : data;
};
module.exports.double = (n) => 2 * n;`;

/** Worker files, by their source: what they are given, what they answer, what they report. */
const WORKER_FILES = {
  'export default (bytes, { transfer }) => transfer(bytes, [bytes.buffer])': { data: new Uint8Array([1, 2]) },
  "export default (data, { progress }) => { progress('half'); return data; }": { data: 7, reported: ['half'] },
  'module.exports = (data) => data': { data: [1, 2] },
  "require('node:worker_threads').parentPort.on('message', function (data) { this.postMessage(data); })": { data: 7 },
  'module.exports = { double: (n) => 2 * n, half: (n) => n / 2 }': { name: 'half', data: 8, answer: 4 },
  'module.exports = { default: (data) => data, teardown: async () => {} }': { data: 7 },
};

/** Calls, by their source: what comes of them when three tasks have been run. */
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
  'controller.abort()': ({ running }) =>
    running.then(
      () => false,
      ({ code }) => code === 'ABORT_ERR',
    ),
  "pool.on('crash', (error) => seen.push(error))": ({ pool }) => pool.listenerCount('crash') === 1,
  "pool.on('workerCreate', ({ threadId }) => seen.push(threadId))": ({ pool }) =>
    pool.listenerCount('workerCreate') === 1,
  "pool.on('workerReady', ({ threadId }) => seen.push(threadId))": ({ pool }) =>
    pool.listenerCount('workerReady') === 1,
  "pool.on('workerExit', ({ threadId }) => seen.push(threadId))": ({ pool }) => pool.listenerCount('workerExit') === 1,
  "pool.on('message', (value) => seen.push(value))": ({ pool }) => pool.listenerCount('message') === 1,
  'pool.size': ({ result }) => result === 2,
  'pool.all.size': ({ result }) => result === 2,
  'pool.idle.length': ({ result }) => result === 1,
  'pool.queue.length': ({ result }) => result === 0,
  'pool.stats().running': ({ result }) => result === 1,
  'pool.stats().completed': ({ result }) => result === 3,
  'pool.stats().utilization': ({ result }) => result > 0 && result < 1,
  'pool.stats().runTime.p99': ({ result }) => result > 0,
  'pool.stats().waitTime.mean': ({ result }) => result > 0,
  'pool.close()': ({ pool }) => pool.all.size === 0,
  'await pool.close()': ({ pool }) => pool.all.size === 0,
  'await pool.close({ drop: true })': ({ pool }) => pool.all.size === 0,
  'await pool.close({ timeout: 1000 })': ({ pool }) => pool.all.size === 0,
  'await pool.close({ force: true })': ({ pool }) => pool.all.size === 0,
};

/** Calls of native tasks that do not return the same as what is written there: what comes of them. */
const NATIVE_CALLS = {
  "await pool.run({ password, algorithm: 'bcrypt', cost: 10 }, { name: 'hashPassword' })": ({ result }) =>
    /^\$2b\$10\$.{53}$/.test(result),
  "await pool.run({ password, hash }, { name: 'verifyPassword' })": ({ result }) => result === true,
  "await pool.run({ password }, { name: 'hashPassword' })": ({ result }) => result.startsWith('$argon2id$v=19$'),
};
const NATIVE_SECTION = 'From node:crypto and bcrypt';
/** Hashes that the reference implementations of bcrypt and argon2 have computed, with their passwords. */
const STORED_ELSEWHERE = [
  { password: 'U*U', hash: '$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW' },
  {
    password: 'password',
    hash: '$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc',
  },
];

const AsyncFunction = (async () => {}).constructor;

/** What is written here, once for all that it stands for. */
const replacements = new Map();
for (const { section, there, here } of lines()) {
  if (section === NATIVE_SECTION) {
    test(`${there} becomes ${here}`, (t) => assertNativeCall(t, there, here));
    continue;
  }
  replacements.set(here, [...(replacements.get(here) ?? []), `${section}: ${there}`]);
}

for (const [here, there] of replacements) {
  test(`${there.join(', ')} becomes ${here}`, async (t) => {
    assert.ok(here, 'there is nothing to run');
    if (here in WORKER_FILES) await assertWorkerFile(t, here);
    else if (here.startsWith('new WorkerPool(')) await assertPool(t, here);
    else await assertCall(t, here);
  });
}

async function assertWorkerFile(t, source) {
  const { name, data, answer = data, reported = [] } = WORKER_FILES[source];
  const pool = new WorkerPool(1, fileOf(t, source, source.startsWith('export') ? 'worker.mjs' : 'worker.js'));
  const seen = [];
  assert.deepEqual(await pool.run(data, { name, onProgress: (value) => seen.push(value) }), answer);
  assert.deepEqual(seen, reported);
  await pool.close();
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
  assert.equal(pool.maxQueue, source.includes('maxQueue') ? 100 : Infinity);
  assert.equal(await pool.run({ name: 'double', data: 2 }), 4);
  await pool.close();
}

/** Runs what was written there, if that needs only Node.js, and what is written here. */
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
  assert.ok(passes, 'nothing is said of what comes of it');
  const controller = new AbortController();
  const { signal } = controller;
  const buffer = new ArrayBuffer(8);
  const data = { bytes: new Uint8Array(buffer) };
  const { port1, port2: port } = new MessageChannel();
  const said = new Promise((resolve) => port1.once('message', resolve));
  const seen = [];
  const pool = new WorkerPool(2, fileOf(t, FILE));
  for (let i = 0; i < 3; i++) await pool.run(i);
  // One that runs, for what is said of those; but not where its end would be waited for.
  const running = /close/.test(source) ? undefined : pool.run('long', { signal });
  running?.catch(() => {});
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

test('docs/moving.md contains every call and worker file that is tested', () => {
  const written = [...lines()].map(({ here }) => here);
  for (const source of [...Object.keys(CALLS), ...Object.keys(WORKER_FILES), ...Object.keys(NATIVE_CALLS)])
    assert.ok(written.includes(source), source);
});
