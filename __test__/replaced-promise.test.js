'use strict';

// Programs replace Promise (zone.js, bluebird) and patch its `then`. What a pool promises is of the runtime's own class,
// and nothing in the package calls `then`.

const { test } = require('node:test');
const assert = require('node:assert/strict');
const { runProgram } = require('./support/child');
const { fileOf } = require('./support/files');

const REPLACE = `
  const { Promise: Native } = globalThis;
  const calls = [];
  for (const name of ['then', 'catch', 'finally']) {
    Native.prototype[name] = () => { calls.push(name); throw new Error('replaced ' + name); };
  }
  globalThis.Promise = class Replaced {};
  for (const name of ['resolve', 'reject', 'all']) Native[name] = () => { throw new Error('replaced ' + name); };`;

const USE = `
  const outcomeOf = async (promise) => {
    if (promise.constructor !== Native) return 'not of the class of the runtime';
    try { return await promise; } catch (error) { return error.code; }
  };
  const gather = async (stream) => {
    const results = [];
    for await (const result of stream) results.push(result);
    return results;
  };
  async function* later() { yield 1; yield 2; }
  (async () => {
    const data = WORKER === 'native:fib' ? 78 : 'endless';
    const pool = new WorkerPool(2, WORKER, { maxQueue: 1 });
    const outcomes = [];
    const note = async (promise) => { outcomes.push(await outcomeOf(promise)); };
    await note(pool.ready());
    await note(pool.map([1, 2, 3]));
    await note(pool.map(later()));
    await note(gather(pool.stream(later())));
    await note(gather(pool.stream([1, 2, 3], { onProgress() {} })));
    const controller = new AbortController();
    const { signal } = controller;
    const endless = [pool.run(data, { signal }), pool.run(data, { signal }), pool.run(data, { signal })];
    await note(pool.run(1));
    const ready = pool.ready();
    const next = pool.stream([data], { signal }).next();
    controller.abort();
    for (const promise of [...endless, ready, next]) await note(promise);
    await note(pool.run(1, { timeOut: 1 }));
    await note(pool.map(5));
    const stream = pool.stream(later());
    await stream.next();
    await note(stream.return());
    await note(stream.next());
    await note(pool.close());
    await note(pool.run(1));
    await note(pool.ready());
    console.log(JSON.stringify(outcomes.map((outcome) => outcome ?? null)), calls.length);
  })();`;

const result = (n, value) => ({ n, result: value });

/** What the program prints, where a task results in that. */
const expected = (one, two, three) =>
  JSON.stringify([
    null,
    [one, two, three],
    [one, two],
    [one, two],
    [one, two, three],
    'ERR_POOL_QUEUE_FULL',
    'ABORT_ERR',
    'ABORT_ERR',
    'ABORT_ERR',
    null,
    'ABORT_ERR',
    'ERR_INVALID_ARG_VALUE',
    'ERR_INVALID_ARG_TYPE',
    { done: true },
    { done: true },
    null,
    'ERR_POOL_CLOSED',
    'ERR_POOL_CLOSED',
  ]);

const use = async (worker, options) => {
  const program = `const WORKER = ${JSON.stringify(worker)};\n${USE}`;
  const before = options.isLoadedFirst ? '' : REPLACE;
  return runProgram(options.isLoadedFirst ? REPLACE + program : program, { before });
};

for (const isLoadedFirst of [true, false]) {
  const when = isLoadedFirst ? 'after' : 'before';

  test(`native workers ignore a Promise that is replaced ${when} the package is loaded`, async () => {
    const { stdout, stderr } = await use('native:fib', { isLoadedFirst });
    const results = expected(result(1, 1), result(2, 1), result(3, 2));
    assert.deepEqual({ stdout, stderr }, { stdout: `${results} 0\n`, stderr: '' });
  });

  test(`worker files ignore a Promise that is replaced ${when} the package is loaded`, async (t) => {
    const file = fileOf(t, "module.exports = (data) => { if (data === 'endless') for (;;); return data; };");
    const { stdout, stderr } = await use(file, { isLoadedFirst });
    assert.deepEqual({ stdout, stderr }, { stdout: `${expected(1, 2, 3)} 0\n`, stderr: '' });
  });
}
