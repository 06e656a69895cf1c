'use strict';

// After a prototype pollution an attacker decides what Object.prototype has. Of that nothing reaches a pool: neither
// options, which would run code of the attacker's (`execArgv`), nor what would break the objects that the package makes.

const { test } = require('node:test');
const assert = require('node:assert/strict');
const path = require('node:path');
const { runProgram } = require('./support/child');
const { fileOf } = require('./support/files');
const { EVIL, KINDS } = require('./support/pollution');

const FILE = `
  const { workerData, resourceLimits } = require('node:worker_threads');
  const { execArgv, argv, env } = process;
  module.exports = (data) => {
    if (data === 'endless') for (;;);
    if (data === 'bad') throw new TypeError('bad', { cause: 'data' });
    return [data, workerData, resourceLimits.maxOldGenerationSizeMb > 1, execArgv, argv.length, Object.hasOwn(env, 'NODE_OPTIONS')];
  };`;

const WORKERS = {
  'a native worker': () => ({ worker: 'native:fib', endless: 78, bad: 'bad' }),
  'a worker file': (t) => ({ worker: fileOf(t, FILE), endless: 'endless', bad: 'bad' }),
};

const SUPPORT = JSON.stringify(path.join(__dirname, 'support/pollution.js'));

/** The program: without pollution and then with it, a pool is to behave alike. */
const compare = (kind, worker) => `
  const { behaviour, pollute } = require(${SUPPORT});
  (async () => {
    const usual = await behaviour(WorkerPool, ${JSON.stringify(worker)});
    const clean = pollute('${kind}');
    const polluted = await behaviour(WorkerPool, ${JSON.stringify(worker)}).catch(({ stack }) => [stack]);
    clean();
    console.log(usual.length, JSON.stringify(polluted.filter((line, at) => line !== usual[at]), null, 2));
  })();`;

for (const [what, workerOf] of Object.entries(WORKERS)) {
  for (const kind of Object.keys(KINDS)) {
    test(`${what} is not affected by a ${kind} of Object.prototype`, async (t) => {
      const { stdout, stderr } = await runProgram(compare(kind, workerOf(t)));
      assert.deepEqual({ stdout, stderr }, { stdout: '19 []\n', stderr: '' });
    });
  }
}

test("the addon's path is not read from Object.prototype", async () => {
  const before = `Object.assign(Object.prototype, {
    NAPI_RS_NATIVE_LIBRARY_PATH: ${JSON.stringify(EVIL)},
    NAPI_RS_FORCE_WASI: 'error',
    NAPI_RS_WASI_FLAVOR: 'evil',
  });`;
  const program = `
    console.log(process.env.NAPI_RS_FORCE_WASI);
    new WorkerPool(1).run(10).then(({ result }) => console.log(result));`;
  const { stdout, stderr } = await runProgram(program, { before });
  assert.deepEqual({ stdout, stderr }, { stdout: 'error\n55\n', stderr: '' });
});
