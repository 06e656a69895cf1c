'use strict';

// Worker files and modules of `--require` that replace what the language and Node.js provide: their tasks run all the same.

const { test } = require('node:test');
const assert = require('node:assert/strict');
const path = require('node:path');
const { WorkerPool } = require('..');
const { directoryOf } = require('./support/files');

/** Fake timers and clocks that never move, and functions that never call anybody. */
const FAKES = `
  const never = () => ({ ref() { return this; }, unref() { return this; } });
  for (const target of [globalThis, require('node:timers')]) {
    for (const name of ['setTimeout', 'setInterval', 'setImmediate', 'clearTimeout', 'clearInterval', 'clearImmediate']) {
      target[name] = never;
    }
  }
  process.nextTick = globalThis.queueMicrotask = () => {};
  performance.now = Date.now = () => 0;
  process.hrtime = Object.assign(() => [0, 0], { bigint: () => 0n });
  Promise.prototype.then = () => new Promise(() => {});
  Object.prototype.then = () => {};`;

/** Has everything throw that can be replaced without breaking Node.js itself. */
const REPLACE = `
  const { defineProperty, getOwnPropertyDescriptor, ownKeys } = Reflect;
  const NativeError = Error; // a global that is replaced, too
  const no = () => { throw new NativeError('replaced'); };
  const found = [];
  const targets = [Array.prototype, Map.prototype, Set.prototype, WeakMap.prototype, String.prototype, Function.prototype,
    Int32Array.prototype, Object.getPrototypeOf(Int32Array.prototype), Object.getPrototypeOf([].values()),
    AbortController.prototype, Reflect, Atomics, JSON, Object, Promise, Number, Math, Array, performance];
  for (const target of targets) {
    for (const key of ownKeys(target)) {
      const property = getOwnPropertyDescriptor(target, key);
      if (typeof property.value !== 'function' || !property.configurable) continue;
      if (key !== 'constructor' && !(target === Array.prototype && key === 'pop')) found.push({ target, key, property });
    }
  }
  const globals = ['Promise', 'Reflect', 'Atomics', 'JSON', 'Map', 'WeakMap', 'Uint8Array', 'Buffer', 'Error', 'Event',
    'EventTarget', 'MessageChannel', 'MessageEvent', 'AbortController', 'structuredClone', 'setImmediate', 'setTimeout',
    'queueMicrotask', 'performance'];
  for (let i = 0; i < found.length; i++) {
    found[i].property.value = no;
    defineProperty(found[i].target, found[i].key, found[i].property);
  }
  for (let i = 0; i < globals.length; i++) globalThis[globals[i]] = undefined;`;

const PORT = "const { parentPort } = require('node:worker_threads');";
/** What calls `again` in a later turn of the event loop. */
const TURN = `const { port1, port2 } = new MessageChannel(); port1.unref();
  const turn = (again) => { port1.ref(); port1.once('message', () => { port1.unref(); again(); }); port2.postMessage(0); };`;

/** Each answers data with an object of it. */
const FILES = {
  'a function': 'module.exports = (data) => ({ data });',
  'an async function': 'module.exports = async (data) => ({ __proto__: null, data });',
  'a function that reports and prints': `const { stdout } = process;
    module.exports = (data, { progress }) => { progress(data); stdout.write('printed'); return { data }; };`,
  'a listener': `${PORT} const { postMessage } = parentPort; parentPort.on('message', (data) => postMessage({ data }));`,
  'a listener that answers later': `${PORT} ${TURN}
    parentPort.on('message', (data) => turn(() => parentPort.postMessage({ data })));`,
  'a once listener': `${PORT} const listen = () =>
    parentPort.once('message', (data) => { listen(); parentPort.postMessage({ data }); }); listen();`,
  'a listener that is added again': `${PORT} ${TURN} const listen = () =>
    parentPort.once('message', (data) => { parentPort.postMessage({ data }); turn(listen); }); listen();`,
  'a listener that is added late': `${PORT} ${TURN} turn(() =>
    parentPort.on('message', (data) => parentPort.postMessage({ data })));`,
};

async function assertAnswers(pool, options) {
  const data = Array.from({ length: 200 }, (_, i) => i);
  assert.deepEqual(
    (await Promise.all(data.map((n) => pool.run(n, options)))).map((result) => result.data),
    data,
  );
  for (const n of data.slice(0, 5)) assert.equal((await pool.run(n, options)).data, n);
  await pool.close();
  const { completed, crashes, runTime } = pool.stats();
  assert.deepEqual({ completed, crashes }, { completed: 205, crashes: 0 });
  assert.ok(runTime.max >= 0 && runTime.max < 1e6, `${runTime.max} ms`);
}

for (const [what, source] of Object.entries(FILES)) {
  test(`${what} runs if fake timers were installed before`, async (t) => {
    const directory = directoryOf(t, { 'package.json': '{}', 'fakes.js': FAKES, 'worker.js': source });
    const execArgv = ['--require', path.join(directory, 'fakes.js')];
    await assertAnswers(
      new WorkerPool(2, path.join(directory, 'worker.js'), { workerOptions: { execArgv, stdout: true } }),
    );
  });
}

for (const what of ['a function', 'an async function', 'a function that reports and prints', 'a listener']) {
  test(`${what} runs in a file that replaces globals`, async (t) => {
    const directory = directoryOf(t, {
      'package.json': '{}',
      'replace.js': REPLACE,
      'worker.js': `${FILES[what]}\nrequire('./replace.js');`,
    });
    await assertAnswers(new WorkerPool(2, path.join(directory, 'worker.js'), { workerOptions: { stdout: true } }));
  });
}

test('a named function runs in a file that replaces globals', async (t) => {
  const directory = directoryOf(t, {
    'package.json': '{}',
    'replace.js': REPLACE,
    'worker.js': "exports.wrap = (data) => ({ data });\nrequire('./replace.js');",
  });
  const pool = new WorkerPool(2, path.join(directory, 'worker.js'));
  const refused = { code: 'ERR_POOL_TASK_NOT_FOUND', message: 'There is no task other; the tasks are wrap' };
  await assert.rejects(pool.run(1, { name: 'other' }), refused);
  await assertAnswers(pool, { name: 'wrap' });
});

test('run times stay plausible whatever a replaced clock returns', async (t) => {
  const clocks = [
    '() => NaN',
    '() => 5 - Math.random() * 10',
    '() => 10n',
    '() => undefined',
    '() => Infinity',
    '() => ({})',
  ];
  for (const clock of clocks) {
    const directory = directoryOf(t, {
      'package.json': '{}',
      'clock.js': `require('node:perf_hooks').performance.now = ${clock};`,
      'worker.js': FILES['a function'],
    });
    const execArgv = ['--require', path.join(directory, 'clock.js')];
    await assertAnswers(new WorkerPool(2, path.join(directory, 'worker.js'), { workerOptions: { execArgv } }));
  }
});

test('an aborted task ends within its abortTimeout although fake timers were installed', async (t) => {
  const directory = directoryOf(t, {
    'package.json': '{}',
    'fakes.js': FAKES,
    'worker.js': `const { threadId } = require('node:worker_threads');
      module.exports = (data, { signal }) => data === 'thread' ? threadId :
        new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));`,
  });
  const execArgv = ['--require', path.join(directory, 'fakes.js')];
  const pool = new WorkerPool(1, path.join(directory, 'worker.js'), {
    abortTimeout: 60_000,
    workerOptions: { execArgv },
  });
  const thread = await pool.run('thread');
  await assert.rejects(pool.run('wait', { timeout: 5 }), { code: 'ERR_POOL_TIMEOUT' });
  assert.equal(await pool.run('thread'), thread);
  await pool.close();
});
