'use strict';

// Programs replace timers, clocks, microtasks and promises, mostly in their tests, before or after this package is
// loaded. The pool works all the same.

const { test } = require('node:test');
const assert = require('node:assert/strict');
const path = require('node:path');
const { runProgram } = require('./support/child');

const root = path.resolve(__dirname, '..');

/** What a program may do to the globals; none of the replacements ever does anything by itself. */
const REPLACEMENTS = {
  'mock.timers of node:test': `
    require('node:test').mock.timers.enable({ apis: ['setTimeout', 'setInterval', 'setImmediate', 'Date'] });`,
  'timers that never fire': `
    const fake = () => ({ ref() {}, unref() {}, refresh() {} });
    for (const name of ['setTimeout', 'setInterval', 'setImmediate']) {
      globalThis[name] = fake;
      require('node:timers')[name] = fake;
      require('node:timers/promises')[name] = () => new Promise(() => {});
    }
    for (const name of ['clearTimeout', 'clearInterval', 'clearImmediate']) {
      globalThis[name] = () => {};
      require('node:timers')[name] = () => {};
    }`,
  'clocks that stand still': `
    Date.now = () => 0;
    globalThis.Date = class extends Date { constructor() { super(0); } };
    performance.now = () => 0;
    Object.getPrototypeOf(performance).now = () => 0;
    process.hrtime = () => [0, 0];
    process.hrtime.bigint = () => 0n;`,
  'microtasks that never run': `
    const { nextTick } = process;
    // Node.js itself needs it for what it prints.
    process.nextTick = (...args) => {
      if (new Error().stack.includes('${path.join(root, 'lib')}')) return;
      nextTick.apply(process, args);
    };
    globalThis.queueMicrotask = () => {};`,
  'a patched Promise.prototype.then': `
    const { then } = Promise.prototype;
    Promise.prototype.then = function (...args) {
      if (new Error().stack.split('\\n')[2].includes('${path.join(root, 'lib')}')) throw new Error('patched');
      return then.apply(this, args);
    };`,
  'a replaced global Promise': `
    globalThis.Promise = class { constructor() { throw new Error('not this one'); } };`,
};

/** Uses all that waits for time, turns of the event loop or microtasks; prints what came of it. */
const PROGRAM = `
  const settle = async (promise) => { try { return await promise; } catch (error) { return error.code; } };
  async function use(worker, input, hang) {
    const pool = new WorkerPool(2, worker, { maxQueue: 50 });
    const outcomes = [await settle(pool.run(input))];
    const controller = new AbortController();
    const hanging = [hang, hang].map((data) => settle(pool.run(data, { signal: controller.signal })));
    outcomes.push(await settle(pool.run(input, { queueTimeout: 1 })));
    controller.abort();
    for (const hung of hanging) outcomes.push(await hung);
    outcomes.push(await settle(pool.run(hang, { timeout: 20 })));
    let done = 0;
    const results = await settle(pool.map(Array(1000).fill(input), { onProgress: () => done++ }));
    outcomes.push(results.length, done);
    let streamed = 0;
    for await (const result of pool.stream(Array(100).fill(input))) streamed += result === undefined ? 0 : 1;
    outcomes.push(streamed);
    const busy = [settle(pool.run(hang)), settle(pool.run(hang))];
    const closed = settle(pool.close({ timeout: 20 }));
    for (const task of busy) outcomes.push(await task);
    await closed;
    outcomes.push(pool.stats().utilization > 0);
    return outcomes;
  }
  (async () => {
    process.stdout.write(JSON.stringify([await use('native:fib', 5, 78), await use(FILE, 5, -1)]));
  })();
`;

const FILE = path.join(__dirname, 'fixtures/workers/hang.js');

const TASK = ['ERR_POOL_QUEUE_TIMEOUT', 'ABORT_ERR', 'ABORT_ERR', 'ERR_POOL_TIMEOUT', 1000, 1000, 100];
const CLOSED = ['ERR_POOL_CLOSED', 'ERR_POOL_CLOSED', true];
const EXPECTED = [
  [{ n: 5, result: 5 }, ...TASK, ...CLOSED],
  [5, ...TASK, ...CLOSED],
];

for (const [what, replace] of Object.entries(REPLACEMENTS)) {
  const program = `const FILE = ${JSON.stringify(FILE)};\n${PROGRAM}`;
  test(`a pool works with ${what}, installed before the package is loaded`, async () => {
    const { code, stdout, stderr } = await runProgram(program, { before: replace });
    assert.deepEqual({ code, answer: JSON.parse(stdout || 'null') }, { code: 0, answer: EXPECTED }, stderr);
  });
  test(`a pool works with ${what}, installed after the package is loaded`, async () => {
    const { code, stdout, stderr } = await runProgram(`${replace}\n${program}`);
    assert.deepEqual({ code, answer: JSON.parse(stdout || 'null') }, { code: 0, answer: EXPECTED }, stderr);
  });
}

test('a close timeout of a month is not cut to the longest delay of a Node.js timer', async () => {
  const program = `
    const { mock } = require('node:test');
    const pool = new WorkerPool(1, 'native:test-gate');
    const gate = freshGate();
    const task = pool.run(gate);
    const closed = pool.close({ timeout: 2 ** 31 + 60_000 });
    mock.timers.tick(2 ** 31 - 1);
    (async () => {
      // Rings before, and must ring for itself alone.
      const other = new WorkerPool(1);
      await other.run(78, { timeout: 1 }).catch(() => {});
      await other.close();
      openGate(gate);
      console.log((await task) === gate);
      await closed;
    })();
  `;
  const before = `require('node:test').mock.timers.enable({ apis: ['setTimeout', 'setInterval', 'setImmediate'] });`;
  const { stdout } = await runProgram(program, { testBuild: true, before });
  assert.equal(stdout, 'true\n');
});
