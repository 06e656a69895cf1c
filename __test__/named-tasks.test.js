'use strict';

const { test } = require('node:test');
const assert = require('node:assert/strict');
const { createHash } = require('node:crypto');
const path = require('node:path');
const { inspect } = require('node:util');
const { WorkerPool } = require('./support/build-with-test-workers');
const { directoryOf, fileOf } = require('./support/files');

const sha256 = (data) => createHash('sha256').update(data).digest('hex');

const notFound = (message) => ({ name: 'Error', code: 'ERR_POOL_TASK_NOT_FOUND', message });

const gather = async (stream) => {
  const results = [];
  for await (const result of stream) results.push(result);
  return results;
};

test("a pool of 'native' runs every native task by its name", async () => {
  const pool = new WorkerPool(2, 'native');
  assert.equal(pool.workerFile, 'native');
  assert.deepEqual(await pool.run(10, { name: 'fib' }), { n: 10, result: 55 });
  assert.equal(await pool.run({ data: 'x' }, { name: 'hash' }), sha256('x'));
  const hash = await pool.run({ password: 'x', memory: 32 }, { name: 'hashPassword' });
  assert.equal(await pool.run({ password: 'x', hash }, { name: 'verifyPassword' }), true);
  const key = await pool.run({ password: 'x', salt: 'x', algorithm: 'hkdf' }, { name: 'deriveKey' });
  assert.equal(key.length, 32);
  await pool.close();
});

test('a pool of one native task needs no name, and knows its own', async () => {
  const pool = new WorkerPool(1, 'native:hash');
  assert.equal(pool.workerFile, 'native:hash');
  for (const options of [undefined, null, {}, { name: undefined }, { name: null }, { name: 'hash' }]) {
    assert.equal(await pool.run({ data: 'x' }, options), sha256('x'));
  }
  await assert.rejects(pool.run({ data: 'x' }, { name: 'fib' }), notFound('There is no task fib; the tasks are hash'));
  await pool.close();
  const fib = new WorkerPool(1);
  assert.deepEqual(await fib.run(10, { name: 'fib' }), { n: 10, result: 55 });
  await assert.rejects(fib.run(10, { name: 'hash' }), notFound('There is no task hash; the tasks are fib'));
  await fib.close();
});

test('an object selects native tasks and names them', async () => {
  const pool = new WorkerPool(1, { checksum: 'native:hash', fibonacci: 'native:fib', sum: 'native:hash' });
  assert.equal(await pool.run({ data: 'x' }, { name: 'checksum' }), sha256('x'));
  assert.equal(await pool.run({ data: 'x' }, { name: 'sum' }), sha256('x'));
  assert.deepEqual(await pool.run(10, { name: 'fibonacci' }), { n: 10, result: 55 });
  await assert.rejects(
    pool.run({ data: 'x' }, { name: 'hash' }),
    notFound('There is no task hash; the tasks are checksum, fibonacci, sum'),
  );
  await pool.close();
  const single = new WorkerPool(1, { checksum: 'native:hash' });
  assert.equal(await single.run({ data: 'x' }), sha256('x'));
  await single.close();
});

test('names that an object inherits, or that Object.prototype has, name no task', async () => {
  const pool = new WorkerPool(1, 'native');
  for (const name of ['toString', 'constructor', '__proto__', 'hasOwnProperty', '', 'native:hash']) {
    await assert.rejects(pool.run(1, { name }), { code: 'ERR_POOL_TASK_NOT_FOUND' }, name);
  }
  await pool.close();
  const own = new WorkerPool(1, JSON.parse('{ "constructor": "native:fib", "__proto__": "native:fib" }'));
  assert.deepEqual(await own.run(5, { name: 'constructor' }), { n: 5, result: 5 });
  assert.deepEqual(await own.run(5, { name: '__proto__' }), { n: 5, result: 5 });
  await own.close();
});

test('an unknown name rejects with the nearest one or with the list, and is not submitted', async () => {
  const pool = new WorkerPool(1, 'native');
  await assert.rejects(pool.run({}, { name: 'hassh' }), notFound('There is no task hassh; did you mean hash?'));
  await assert.rejects(
    pool.run({}, { name: 'compute' }),
    notFound(/^There is no task compute; the tasks are fib, .*hash, .*hashPassword, verifyPassword, deriveKey/),
  );
  await assert.rejects(pool.run({}), notFound(/^options\.name is required; the tasks are fib, .*hash, .*hashPassword/));
  for (const name of [5, true, {}, Symbol('hash')]) {
    await assert.rejects(pool.run({}, { name }), { name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE' });
  }
  assert.equal(pool.stats().submitted, 0);
  await pool.close();
});

test('an unknown native task throws an error that lists the names', () => {
  const listed = { code: 'ERR_POOL_WORKER_NOT_FOUND', message: /native:fib.*native:hash.*native:hashPassword/ };
  for (const worker of ['native:hahs', 'native:', 'native:constructor', { a: 'native:hash', b: 'native:none' }]) {
    assert.throws(() => new WorkerPool(1, worker), listed);
  }
  const wrong = { name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE' };
  for (const worker of [{}, { a: 'hash' }, { a: 5 }, { a: null }, [], () => {}, { a: './file.js' }]) {
    assert.throws(() => new WorkerPool(1, worker), wrong);
  }
  const throwing = Object.defineProperty({}, 'a', {
    get: () => {
      throw new Error('boom');
    },
    enumerable: true,
  });
  assert.throws(() => new WorkerPool(1, throwing), wrong);
});

test('map and stream run the task of that name', async () => {
  const pool = new WorkerPool(2, 'native');
  const items = ['a', 'b', 'c'].map((data) => ({ data }));
  const hashes = items.map(({ data }) => sha256(data));
  assert.deepEqual(await pool.map(items, { name: 'hash' }), hashes);
  assert.deepEqual(await gather(pool.stream(items, { name: 'hash' })), hashes);
  await assert.rejects(pool.map(items, { name: 'none' }), { code: 'ERR_POOL_TASK_NOT_FOUND' });
  await assert.rejects(gather(pool.stream(items)), { code: 'ERR_POOL_TASK_NOT_FOUND' });
  await pool.close();
});

test('a proxy has a function for each task, and its functions take options', async () => {
  const pool = new WorkerPool(2, 'native');
  const proxy = pool.proxy();
  assert.equal(await proxy.hash({ data: 'x' }), sha256('x'));
  assert.deepEqual(await proxy.fib(10), { n: 10, result: 55 });
  const { hash } = proxy; // no `this`
  assert.equal(hash, proxy.hash);
  assert.equal(await hash({ data: 'x' }, { priority: 1 }), sha256('x'));
  await assert.rejects(hash({ data: 'x' }, { signal: AbortSignal.abort() }), { code: 'ABORT_ERR' });
  await assert.rejects(hash({ data: 'x' }, { timeOut: 1 }), { code: 'ERR_INVALID_ARG_VALUE' });
  await assert.rejects(proxy.hassh({ data: 'x' }), notFound('There is no task hassh; did you mean hash?'));
  await pool.close();
  await assert.rejects(hash({ data: 'x' }), { code: 'ERR_POOL_CLOSED' });
});

test('a proxy may be returned from an async function', async () => {
  const pool = new WorkerPool(1, 'native');
  const proxy = await (async () => pool.proxy())();
  assert.equal(await proxy.hash({ data: 'x' }), sha256('x'));
  assert.equal(proxy.then, undefined);
  assert.equal(proxy[Symbol.iterator], undefined);
  assert.equal(await Promise.resolve(proxy), proxy);
  await pool.close();
});

test('printing, comparing or serializing a proxy runs no task', async () => {
  const pool = new WorkerPool(1, 'native');
  const proxy = pool.proxy();
  assert.equal(JSON.stringify({ proxy }), '{"proxy":{}}');
  assert.throws(() => `${proxy}`, TypeError);
  assert.throws(() => Number(proxy), TypeError);
  assert.notDeepEqual(proxy, {});
  inspect(proxy);
  assert.equal(proxy.asymmetricMatch, undefined);
  assert.equal(pool.stats().submitted, 0);
  await pool.close();
});

/** The same worker file in each style. */
const FILES = {
  'a CommonJS module with a default': [
    'worker.cjs',
    `module.exports = (data) => ['default', data];
     module.exports.double = (n) => 2 * n;
     module.exports.late = async (n) => n + 1;
     module.exports.number = 5;`,
  ],
  'an ES module with a default': [
    'worker.mjs',
    `export default (data) => ['default', data];
     export const double = (n) => 2 * n;
     export async function late(n) { return n + 1; }
     export const number = 5;`,
  ],
};

for (const [title, [name, source]] of Object.entries(FILES)) {
  test(`the functions that ${title} exports are tasks`, async (t) => {
    const pool = new WorkerPool(2, fileOf(t, source, name));
    assert.deepEqual(await pool.run(1), ['default', 1]);
    assert.equal(await pool.run(2, { name: 'double' }), 4);
    assert.equal(await pool.run(2, { name: 'late' }), 3);
    assert.deepEqual(await pool.map([1, 2, 3], { name: 'double' }), [2, 4, 6]);
    assert.deepEqual(await gather(pool.stream([1, 2, 3], { name: 'late' })), [2, 3, 4]);
    const { double } = pool.proxy();
    assert.equal(await double(21), 42);
    for (const unknown of ['number', 'none', 'toString', 'constructor', '__proto__']) {
      await assert.rejects(
        pool.run(1, { name: unknown }),
        notFound(new RegExp(`There is no task ${unknown}; the tasks are default, double, late`)),
      );
    }
    assert.equal(pool.stats().crashes, 0);
    await pool.close();
  });
}

const WITHOUT_DEFAULT = {
  'a CommonJS module': ['worker.cjs', 'exports.double = (n) => 2 * n; exports.half = (n) => n / 2;'],
  'an ES module': ['worker.mjs', 'export const double = (n) => 2 * n; export const half = (n) => n / 2;'],
};

for (const [title, [name, source]] of Object.entries(WITHOUT_DEFAULT)) {
  test(`${title} without a default export runs tasks with names and rejects those without`, async (t) => {
    const pool = new WorkerPool(1, fileOf(t, source, name));
    assert.equal(await pool.run(2, { name: 'double' }), 4);
    assert.equal(await pool.run(2, { name: 'half' }), 1);
    await assert.rejects(pool.run(2), notFound('options.name is required; the tasks are double, half'));
    assert.equal(await pool.run(3, { name: 'double' }), 6, 'the worker lives on');
    await pool.close();
  });
}

test('named exports of an ES module are tasks, whatever the default export is', async (t) => {
  for (const other of ['{ version: 1 }', '5', "'text'", 'null', '{ half: (n) => n / 2, double: 0 }']) {
    const source = `export default ${other};\nexport const double = (n) => 2 * n;`;
    const pool = new WorkerPool(1, fileOf(t, source, 'worker.mjs'));
    assert.equal(await pool.run(4, { name: 'double' }), 8, other);
    if (other.includes('half')) assert.equal(await pool.run(4, { name: 'half' }), 2);
    await pool.close();
  }
});

test('the name default selects the default export', async (t) => {
  for (const [, [name, source]] of Object.entries(FILES)) {
    const pool = new WorkerPool(1, fileOf(t, source, name));
    assert.deepEqual(await pool.run(1, { name: 'default' }), ['default', 1]);
    await pool.close();
  }
});

test('a file of message style may also export functions, which run tasks with names', async (t) => {
  const source = `
    const { parentPort } = require('node:worker_threads');
    parentPort.on('message', (data) => parentPort.postMessage(['message', data]));
    exports.double = (n) => 2 * n;
  `;
  const pool = new WorkerPool(1, fileOf(t, source, 'worker.cjs'));
  const tasks = [pool.run(1), pool.run(2, { name: 'double' }), pool.run(3), pool.run(4, { name: 'double' })];
  assert.deepEqual(await Promise.all(tasks), [['message', 1], 4, ['message', 3], 8]);
  await assert.rejects(pool.run(1, { name: 'none' }), { code: 'ERR_POOL_TASK_NOT_FOUND', message: /double/ });
  assert.deepEqual(await pool.run(5), ['message', 5]);
  await pool.close();
});

test('a file that adds its listener after an unnamed task was refused receives later unnamed tasks', async (t) => {
  const source = `const { parentPort } = require('node:worker_threads');
    exports.listen = () => { parentPort.on('message', (n) => parentPort.postMessage(2 * n)); };`;
  const pool = new WorkerPool(1, fileOf(t, source));
  await assert.rejects(pool.run(4), { code: 'ERR_POOL_TASK_NOT_FOUND' });
  await pool.run(undefined, { name: 'listen' });
  assert.equal(await pool.run(4), 8);
  await pool.close();
});

test('a file of message style that exports nothing refuses tasks with names', async (t) => {
  const source = `
    const { parentPort } = require('node:worker_threads');
    parentPort.on('message', (data) => parentPort.postMessage(['message', data]));
  `;
  const pool = new WorkerPool(1, fileOf(t, source, 'worker.cjs'));
  await assert.rejects(pool.run(1, { name: 'double' }), { code: 'ERR_POOL_TASK_NOT_FOUND' });
  assert.deepEqual(await pool.run(2), ['message', 2]);
  await pool.close();
});

test('a named function has the context of its own task', async (t) => {
  const source = `
    exports.report = (n, { progress, signal }) => { progress(n); return [typeof signal, n]; };
    exports.self = function () { return this === undefined; };
    exports.fail = () => { throw Object.assign(new RangeError('no'), { code: 'E_NO' }); };
  `;
  const pool = new WorkerPool(1, fileOf(t, `'use strict';${source}`, 'worker.cjs'));
  const reports = [];
  const result = await pool.run(7, { name: 'report', onProgress: (value) => reports.push(value) });
  assert.deepEqual([result, reports], [['object', 7], [7]]);
  assert.equal(await pool.run(0, { name: 'self' }), true);
  await assert.rejects(pool.run(0, { name: 'fail' }), { name: 'RangeError', code: 'E_NO' });
  await pool.close();
});

test('a named task of a file moves its transfer list, and runs after an abort of another', async (t) => {
  const source = `
    exports.size = (bytes) => bytes.length;
    exports.hang = (data, { signal }) => new Promise((resolve) => signal.addEventListener('abort', resolve));
  `;
  const pool = new WorkerPool(1, fileOf(t, source, 'worker.cjs'), { abortTimeout: 60_000 });
  const bytes = new Uint8Array(10);
  assert.equal(await pool.run(bytes, { name: 'size', transfer: [bytes.buffer] }), 10);
  assert.equal(bytes.length, 0);
  const controller = new AbortController();
  const hanging = pool.run(0, { name: 'hang', signal: controller.signal });
  const next = pool.run(new Uint8Array(3), { name: 'size' });
  controller.abort();
  await assert.rejects(hanging, { code: 'ABORT_ERR' });
  assert.equal(await next, 3);
  await pool.close();
});

test('the directive of a worker file may name any native task', async (t) => {
  const directory = directoryOf(t, { 'worker.cjs': `'use native:hash';\nmodule.exports = () => 'JavaScript';` });
  const file = path.join(directory, 'worker.cjs');
  const pool = new WorkerPool(1, file);
  assert.equal(pool.workerFile, file);
  assert.equal(await pool.run({ data: 'x' }), sha256('x'));
  assert.equal(await pool.run({ data: 'x' }, { name: 'hash' }), sha256('x'));
  await pool.close();
});
