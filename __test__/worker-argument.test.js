'use strict';

const { test } = require('node:test');
const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { pathToFileURL } = require('node:url');
const { WorkerPool } = require('..');
const { directoryOf } = require('./support/files');

const root = path.resolve(__dirname, '..');
const workerFile = path.join(root, 'worker.js');

/** Asserts that a pool of `worker` computes Fibonacci numbers and says `expected` of its workerFile. */
async function assertRunsFib(worker, expected) {
  const pool = new WorkerPool(1, worker);
  assert.equal(pool.workerFile, expected);
  assert.deepEqual(await pool.run(10), { n: 10, result: 55 });
  await pool.close();
}

/** Asserts that `worker` is refused with `code` and a message that holds each of `words`. */
function assertRefused(worker, code, ...words) {
  assert.throws(
    () => new WorkerPool(1, worker),
    (error) => {
      assert.equal(error.code, code);
      for (const word of words) assert.ok(error.message.includes(word), `"${error.message}" should say "${word}"`);
      return true;
    },
  );
}

test('an omitted, undefined or null worker selects native:fib', async () => {
  const pool = new WorkerPool(1);
  assert.equal(pool.workerFile, 'native:fib');
  await pool.close();
  await assertRunsFib(undefined, 'native:fib');
  await assertRunsFib(null, 'native:fib');
});

test('the worker can be the name of a built-in worker', () => assertRunsFib('native:fib', 'native:fib'));

test('the worker can be an absolute path', () => assertRunsFib(workerFile, workerFile));

test('the worker can be a path that path.resolve normalizes', () =>
  assertRunsFib(`${root}${path.sep}lib${path.sep}..${path.sep}.${path.sep}worker.js`, workerFile));

test('the worker can be a path relative to the working directory', async (t) => {
  const before = process.cwd();
  t.after(() => process.chdir(before));
  process.chdir(path.join(root, 'lib'));
  await assertRunsFib('../worker.js', workerFile);
  process.chdir(root);
  await assertRunsFib('worker.js', workerFile);
});

test('the worker can be a file: URL object', () => assertRunsFib(pathToFileURL(workerFile), workerFile));

test('the worker can be a file: URL object of a foreign class', () => {
  const { href, protocol } = pathToFileURL(workerFile);
  class ForeignURL {
    get href() {
      return href;
    }
    get protocol() {
      return protocol;
    }
  }
  return assertRunsFib(new ForeignURL(), workerFile);
});

test('the worker can be a file: URL string', () => assertRunsFib(pathToFileURL(workerFile).href, workerFile));

test('the worker can be a file: URL with its scheme in capitals', () =>
  assertRunsFib(pathToFileURL(workerFile).href.replace('file:', 'FILE:'), workerFile));

test("the worker's path can contain blanks, percent signs and non-ASCII characters", async (t) => {
  const directory = directoryOf(t, { 'wörker %20 #1?.js': `'use native:fib';` });
  const file = path.join(directory, 'wörker %20 #1?.js');
  await assertRunsFib(file, file);
  await assertRunsFib(pathToFileURL(file), file);
  await assertRunsFib(pathToFileURL(file).href, file);
});

test('a file with the directive runs on the built-in worker, whatever else it contains', async (t) => {
  const directory = directoryOf(t, {
    'worker.js': `'use strict';\n'use native:fib';\nthrow new Error('not to be run');`,
    'worker.mjs': `"use native:fib"\nimport 'nowhere';`,
    'worker.ts': `'use native:fib';\nconst n: number = 1;`,
    worker: `'use native:fib'`,
  });
  for (const name of fs.readdirSync(directory)) {
    const file = path.join(directory, name);
    await assertRunsFib(file, file);
  }
});

test('a symbolic link to a worker file keeps its own name', { skip: process.platform === 'win32' }, async (t) => {
  const link = path.join(directoryOf(t, {}), 'link.js');
  fs.symlinkSync(workerFile, link);
  await assertRunsFib(link, link);
});

test('a missing worker file throws an error with its path', () => {
  const missing = path.join(root, 'no-such-worker.js');
  assertRefused(missing, 'ERR_POOL_WORKER_NOT_FOUND', missing);
  assertRefused(pathToFileURL(missing), 'ERR_POOL_WORKER_NOT_FOUND', missing);
  assertRefused(pathToFileURL(missing).href, 'ERR_POOL_WORKER_NOT_FOUND', missing);
  assertRefused('no-such-worker.js', 'ERR_POOL_WORKER_NOT_FOUND', path.resolve('no-such-worker.js'));
});

test('a directory as the worker throws an error with its path', () => {
  assertRefused(root, 'ERR_POOL_WORKER_NOT_FOUND', root);
  assertRefused('', 'ERR_POOL_WORKER_NOT_FOUND', path.resolve(''));
});

test('an unknown built-in worker throws an error with the known names', () => {
  for (const name of ['native:no-such', 'native:', 'native:FIB', 'native:fib ', 'native:native:fib', 'native:fib\0']) {
    assertRefused(name, 'ERR_POOL_WORKER_NOT_FOUND', `Unknown built-in worker ${name};`, 'there are: native:fib');
  }
});

test('an unknown built-in worker in a directive throws an error with the file and the known names', (t) => {
  const file = path.join(directoryOf(t, { 'worker.js': `'use native:no-such';` }), 'worker.js');
  assertRefused(file, 'ERR_POOL_WORKER_NOT_FOUND', 'native:no-such', file, 'native:fib');
});

test('the published build does not know the workers of the test build', () => {
  assertRefused('native:test-gate', 'ERR_POOL_WORKER_NOT_FOUND', 'there are: native:fib');
});

test('a path with a null byte throws an error', () => {
  assertRefused(`${workerFile}\0`, 'ERR_POOL_WORKER_NOT_FOUND', workerFile);
  assertRefused(`file://${workerFile}%00`, 'ERR_POOL_WORKER_NOT_FOUND', workerFile);
});

test('URLs other than file: throw an error', () => {
  for (const href of ['http://localhost/worker.js', 'https://localhost/worker.js', 'data:text/javascript,0']) {
    assertRefused(new URL(href), 'ERR_POOL_WORKER_NOT_FOUND', href);
    // A string is a path unless it says file:, as in the document's pool.
    assertRefused(href, 'ERR_POOL_WORKER_NOT_FOUND', path.resolve(href));
  }
});

test('file: URLs that do not name a file throw an error', () => {
  for (const href of ['file:///a%2Fb', ...(process.platform === 'win32' ? [] : ['file://elsewhere/worker.js'])]) {
    assertRefused(new URL(href), 'ERR_POOL_WORKER_NOT_FOUND', href);
    assertRefused(href, 'ERR_POOL_WORKER_NOT_FOUND', href);
  }
  assertRefused('file:', 'ERR_POOL_WORKER_NOT_FOUND');
});

test('a worker that is neither a string nor a URL throws ERR_INVALID_ARG_TYPE', () => {
  const throwing = new Proxy(
    {},
    {
      getPrototypeOf() {
        throw new Error('not to be seen');
      },
    },
  );
  const values = [0, 1, NaN, 7n, true, false, Symbol('worker'), {}, [], [workerFile], () => workerFile, throwing];
  values.push(Object.create(null), Buffer.from(workerFile), { href: pathToFileURL(workerFile).href });
  for (const value of values) assertRefused(value, 'ERR_INVALID_ARG_TYPE', 'must be', 'native:NAME');
});

test('the name of a native task without its scheme is refused, and the message suggests the whole name', () => {
  for (const [name, meant] of [
    ['hash', 'native:hash'],
    ['fib', 'native:fib'],
    ['hashpassword', 'native:hashPassword'],
    ['Native', 'native'],
    ['NATIVE:HASH', 'native:hash'],
  ]) {
    const message = `Worker file not found: ${path.resolve(name)} (ENOENT); did you mean '${meant}'?`;
    assert.throws(() => new WorkerPool(1, name), { code: 'ERR_POOL_WORKER_NOT_FOUND', message });
  }
  const message = `Worker file not found: ${path.resolve('no-such')} (ENOENT)`;
  assert.throws(() => new WorkerPool(1, 'no-such'), { code: 'ERR_POOL_WORKER_NOT_FOUND', message });
});

test('a worker file may have the name of a native task', async (t) => {
  const before = process.cwd();
  t.after(() => process.chdir(before));
  process.chdir(directoryOf(t, { hash: 'module.exports = (n) => 2 * n;' }));
  const pool = new WorkerPool(1, 'hash');
  assert.equal(await pool.run(4), 8);
  await pool.close();
});

test('options in the place of the worker are refused, and the message says which argument they are', () => {
  assert.throws(() => new WorkerPool(1, { maxQueue: 3 }), {
    code: 'ERR_INVALID_ARG_TYPE',
    message:
      "worker.maxQueue must be 'native:NAME' or a native task of an addon (options are the third argument); got 3 (number)",
  });
});

test('a worker file that cannot be opened because too many files are open is not reported as missing', (t) => {
  // Reaching the real limit would affect the whole process, so `readFileSync` is replaced.
  t.mock.method(fs, 'readFileSync', () => {
    throw Object.assign(new Error('EMFILE: too many open files'), { code: 'EMFILE' });
  });
  assertRefused(workerFile, 'ERR_POOL_WORKER_NOT_FOUND', 'cannot be opened', 'EMFILE');
});
