'use strict';

// Worker files as people write them: what they export or listen to, in which kind of module.

const { test } = require('node:test');
const assert = require('node:assert/strict');
const { AsyncLocalStorage } = require('node:async_hooks');
const path = require('node:path');
const { pathToFileURL } = require('node:url');
const { WorkerPool } = require('..');
const { directoryOf, fileOf } = require('./support/files');

/** Asserts that a pool of that worker answers a number with its double. */
async function assertDoubles(worker, options) {
  const pool = new WorkerPool(2, worker, options);
  try {
    const doubles = await Promise.all([1, 2, 3, 4, 5].map((n) => pool.run(n)));
    assert.deepEqual(doubles, [2, 4, 6, 8, 10]);
    assert.equal(pool.stats().completed, 5);
  } finally {
    await pool.close();
  }
}

const SOURCES = {
  'a function of a CommonJS module': ['worker.js', 'module.exports = (n) => 2 * n;'],
  'a function of a .cjs file': ['worker.cjs', 'module.exports = function (n) { return 2 * n; };'],
  'an async function of a CommonJS module': ['worker.js', 'module.exports = async (n) => { await 0; return 2 * n; };'],
  'the default export of an ES module': ['worker.mjs', 'export default (n) => 2 * n;'],
  'an async default export': [
    'worker.mjs',
    "import { setTimeout } from 'node:timers/promises'; export default async (n) => { await setTimeout(1); return 2 * n; };",
  ],
  'an ES module that listens and exports a function later': [
    'worker.mjs',
    `import { parentPort } from 'node:worker_threads';
     parentPort.on('message', () => {});
     await new Promise((resolve) => setTimeout(resolve, 20));
     const double = (n) => 2 * n;
     export { double as default };`,
  ],
  'an ES module that awaits at its top level': ['worker.mjs', 'const two = await 2; export default (n) => two * n;'],
  'a promise of a function': ['worker.js', 'module.exports = Promise.resolve((n) => 2 * n);'],
  'a module that never finishes loading and contains the words "export default"': [
    'worker.mjs',
    "import { on } from 'node:events'; import { parentPort } from 'node:worker_threads';\n" +
      "// There is no export default here.\nconst words = 'export default ';\nexport { default as fs } from 'node:fs';\n" +
      "for await (const [n] of on(parentPort, 'message')) parentPort.postMessage(2 * n);",
  ],
  'a module that never finishes loading': [
    'worker.mjs',
    "import { on } from 'node:events'; import { parentPort } from 'node:worker_threads';" +
      "for await (const [n] of on(parentPort, 'message')) parentPort.postMessage(2 * n);",
  ],
  'a compiled default export': [
    'worker.js',
    "Object.defineProperty(exports, '__esModule', { value: true }); exports.default = (n) => 2 * n;",
  ],
  'a listener of a CommonJS module': [
    'worker.js',
    "const { parentPort } = require('worker_threads'); parentPort.on('message', (n) => parentPort.postMessage(2 * n));",
  ],
  'a listener of an ES module': [
    'worker.mjs',
    "import { parentPort } from 'node:worker_threads'; parentPort.on('message', (n) => parentPort.postMessage(2 * n));",
  ],
  'an async listener': [
    'worker.mjs',
    "import { parentPort } from 'node:worker_threads';" +
      "parentPort.on('message', async (n) => { await new Promise(setImmediate); parentPort.postMessage(2 * n); });",
  ],
  'a listener of addEventListener': [
    'worker.js',
    "const { parentPort } = require('worker_threads');" +
      "parentPort.addEventListener('message', ({ data }) => parentPort.postMessage(2 * data));",
  ],
  onmessage: [
    'worker.js',
    "const { parentPort } = require('worker_threads');" +
      'parentPort.onmessage = ({ data }) => parentPort.postMessage(2 * data);',
  ],
  'a listener of a module that exports something else': [
    'worker.js',
    "const { parentPort } = require('worker_threads');" +
      "parentPort.on('message', (n) => parentPort.postMessage(2 * n)); module.exports = { two: 2 };",
  ],
};

for (const [what, [name, source]] of Object.entries(SOURCES)) {
  test(`${what} runs`, async (t) => {
    await assertDoubles(fileOf(t, source, name));
  });
}

for (const name of ['worker.js', 'worker.mjs']) {
  test(`${name} is found by its path, its relative path, its URL object and its URL string`, async (t) => {
    const file = fileOf(
      t,
      name.endsWith('.mjs') ? 'export default (n) => 2 * n;' : 'module.exports = (n) => 2 * n;',
      name,
    );
    const url = pathToFileURL(file);
    for (const worker of [file, path.relative('', file), url, url.href]) await assertDoubles(worker);
  });
}

test('a listener that is added after the first task receives it', async (t) => {
  const file = fileOf(
    t,
    `const { parentPort, workerData: mayListen } = require('worker_threads');
     let ticks = 0;
     const waiting = setInterval(() => {
       // Some later, so that nobody who looks for a listener once finds this.
       if (Atomics.load(mayListen, 0) === 0 || ++ticks < 20) return;
       clearInterval(waiting);
       parentPort.on('message', (n) => parentPort.postMessage(2 * n));
     }, 1);`,
  );
  const mayListen = new Int32Array(new SharedArrayBuffer(4));
  const pool = new WorkerPool(1, file, { workerOptions: { workerData: mayListen } });
  const task = pool.run(2);
  while (pool.stats().running === 0) await new Promise(setImmediate);
  Atomics.store(mayListen, 0, 1);
  assert.equal(await task, 4);
  await pool.close();
});

test('a once listener receives one task', async (t) => {
  const once =
    "const { parentPort } = require('worker_threads'); parentPort.once('message', (n) => parentPort.postMessage(2 * n));";
  await assertDoubles(fileOf(t, once));
});

test('a .js file in a package of type module runs', async (t) => {
  const directory = directoryOf(t, {
    'package.json': '{ "type": "module" }',
    'worker.js': 'export default (n) => 2 * n;',
  });
  await assertDoubles(path.join(directory, 'worker.js'));
});

test('a worker file sees its own path, workerData and thread', async (t) => {
  const file = fileOf(
    t,
    `const { isMainThread, workerData, threadId } = require('worker_threads');
     module.exports = () => ({ isMainThread, workerData, isThread: threadId > 0, file: process.argv[1], __filename });`,
  );
  const pool = new WorkerPool(1, file);
  const found = await pool.run();
  await pool.close();
  assert.deepEqual(found, { isMainThread: false, workerData: undefined, isThread: true, file, __filename: file });
});

test('any data and any result that can be cloned arrive', async (t) => {
  const pool = new WorkerPool(1, fileOf(t, 'module.exports = (data) => data;'));
  const cyclic = { map: new Map([[1, new Set([2n])]]), date: new Date(0), text: 'ü', list: [undefined, null, -0, NaN] };
  cyclic.self = cyclic;
  for (const data of [undefined, null, 0, 'text', cyclic, new Uint8Array([1, 2]), /x/g]) {
    assert.deepEqual(await pool.run(data), data);
  }
  await pool.close();
});

test('data of a worker file is cloned when the task starts', async (t) => {
  const pool = new WorkerPool(1, fileOf(t, 'module.exports = (data) => data;'));
  await pool.run();
  const data = { n: 1 };
  const started = pool.run(data);
  const queued = pool.run(data);
  data.n = 2;
  assert.deepEqual(await Promise.all([started, queued]), [{ n: 1 }, { n: 2 }]);
  await pool.close();
});

test('data that cannot be cloned rejects the task in its turn, and the worker continues', async (t) => {
  const pool = new WorkerPool(1, fileOf(t, 'module.exports = (data) => data;'));
  const settled = [];
  const tasks = [1, () => {}, 2, Symbol('x'), 3].map((data, i) =>
    pool.run(data).then(
      (result) => settled.push([i, result]),
      (error) => settled.push([i, error.name]),
    ),
  );
  await Promise.all(tasks);
  assert.deepEqual(settled, [
    [0, 1],
    [1, 'DataCloneError'],
    [2, 2],
    [3, 'DataCloneError'],
    [4, 3],
  ]);
  const { failed, completed, crashes } = pool.stats();
  assert.deepEqual({ failed, completed, crashes }, { failed: 2, completed: 3, crashes: 0 });
  await pool.close();
});

test('a SharedArrayBuffer is shared with the worker', async (t) => {
  const pool = new WorkerPool(1, fileOf(t, 'module.exports = (shared) => Atomics.add(new Int32Array(shared), 0, 5);'));
  const shared = new SharedArrayBuffer(4);
  await pool.run(shared);
  assert.equal(new Int32Array(shared)[0], 5);
  await pool.close();
});

test('transferred buffers are moved to the worker and back', async (t) => {
  const file = fileOf(
    t,
    'module.exports = (bytes, { transfer }) => { bytes[0]++; return transfer(bytes, [bytes.buffer]); };',
  );
  const pool = new WorkerPool(1, file);
  const bytes = new Uint8Array([41]);
  const back = await pool.run(bytes, { transfer: [bytes.buffer] });
  assert.equal(bytes.length, 0);
  assert.deepEqual(back, new Uint8Array([42]));
  await assert.rejects(pool.run(bytes, { transfer: [bytes.buffer] }), Error);
  // Newer versions of Node.js say it otherwise.
  await assert.rejects(pool.run(1, { transfer: [5] }), { name: /^(TypeError|DataCloneError)$/ });
  assert.equal(pool.stats().failed, 2);
  await pool.close();
});

test('a transferred MessagePort works', async (t) => {
  const pool = new WorkerPool(1, fileOf(t, "module.exports = (port) => { port.postMessage('hello'); port.close(); };"));
  const { port1, port2 } = new MessageChannel();
  const said = new Promise((resolve) => port1.once('message', resolve));
  await pool.run(port2, { transfer: [port2] });
  assert.equal(await said, 'hello');
  await pool.close();
});

test('a listener may transfer buffers with its answer', async (t) => {
  const file = fileOf(
    t,
    `const { parentPort } = require('worker_threads');
     parentPort.on('message', (bytes) => {
       parentPort.postMessage(bytes, [bytes.buffer]);
       if (bytes.length > 0) throw new Error('it was copied');
     });`,
  );
  const pool = new WorkerPool(1, file);
  assert.deepEqual(await pool.run(new Uint8Array([1])), new Uint8Array([1]));
  assert.deepEqual(await pool.run(new Uint8Array([2])), new Uint8Array([2]));
  await pool.close();
});

test('progress arrives in order, before the result, and from its own task', async (t) => {
  const file = fileOf(
    t,
    `let late;
     module.exports = async (name, { progress }) => {
       late?.('late');
       late = progress;
       for (let i = 0; i < 100; i++) progress(name + i);
       await 0;
       progress(new Uint8Array(1));
       return name;
     };`,
  );
  const pool = new WorkerPool(1, file);
  const seen = [];
  const onProgress = (value) => seen.push(value);
  const tasks = [pool.run('a', { onProgress }), pool.run('silent'), pool.run('b', { onProgress })];
  for (const task of tasks) task.then((result) => seen.push(result));
  await Promise.all(tasks);
  const numbered = (name) => Array.from({ length: 100 }, (_, i) => name + i);
  const bytes = new Uint8Array(1);
  assert.deepEqual(seen, [...numbered('a'), bytes, 'a', 'silent', ...numbered('b'), bytes, 'b']);
  await pool.close();
});

test('the default export has the name default', async (t) => {
  const file = fileOf(t, 'export default (n) => 2 * n; export const half = (n) => n / 2;', 'worker.mjs');
  const pool = new WorkerPool(1, file);
  assert.deepEqual(await Promise.all(['default', 'half', undefined].map((name) => pool.run(4, { name }))), [8, 2, 8]);
  await pool.close();
});

test('onProgress runs in the async context of its call of run', async (t) => {
  const file = fileOf(t, 'module.exports = (data, { progress }) => progress(data);');
  const pool = new WorkerPool(1, file);
  const storage = new AsyncLocalStorage();
  const seen = [];
  const onProgress = (value) => seen.push([storage.getStore(), value]);
  await Promise.all(['a', 'b'].map((name) => storage.run(name, () => pool.run(name, { onProgress }))));
  assert.deepEqual(seen, [
    ['a', 'a'],
    ['b', 'b'],
  ]);
  await pool.close();
});

test('run validates transfer and onProgress', async (t) => {
  const pool = new WorkerPool(1, fileOf(t, 'module.exports = (data) => data;'));
  await assert.rejects(pool.run(1, { transfer: {} }), { code: 'ERR_INVALID_ARG_TYPE', message: /options\.transfer/ });
  await assert.rejects(pool.run(1, { onProgress: 1 }), {
    code: 'ERR_INVALID_ARG_TYPE',
    message: /options\.onProgress/,
  });
  assert.equal(pool.stats().submitted, 0);
  await pool.close();
});
