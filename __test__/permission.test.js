'use strict';

// Under Node's permission model the package says first which flag is missing.

const { test } = require('node:test');
const assert = require('node:assert/strict');
const path = require('node:path');
const { runProgram } = require('./support/child');
const { fileOf } = require('./support/files');

const flags = process.allowedNodeEnvironmentFlags ?? new Set();
const MODEL = ['--permission', '--experimental-permission'].find((flag) => flags.has(flag));
const skip = MODEL === undefined ? 'this runtime has no permission model' : false;

/** The package, and all that is beside it. */
const READABLE = `--allow-fs-read=${path.join(path.resolve(__dirname, '..'), '*')}`;

/** The first line of what `program` throws, with those flags, and its code. */
async function refusalOf(program, flags) {
  const { stdout, stderr } = await runProgram(program, {
    execArgv: [MODEL, ...flags],
    before: "process.on('uncaughtException', ({ message, code }) => console.log(message.split('\\n')[0], code));",
  });
  return stdout || stderr;
}

test('without --allow-addons, loading the package throws an error that names the flag', { skip }, async () => {
  assert.equal(
    await refusalOf('new WorkerPool(1);', [READABLE]),
    'native-worker-pool is an addon: the permission model of Node.js denies addons; start it with --allow-addons ' +
      'ERR_DLOPEN_FAILED\n',
  );
});

test('with --no-addons, loading the package throws an error that names the flag', {
  skip: flags.has('--no-addons') ? false : 'this runtime has no such flag',
}, async () => {
  const { stderr } = await runProgram('new WorkerPool(1);', { execArgv: ['--no-addons'] });
  assert.match(stderr, /^Error: native-worker-pool is an addon: Node\.js was started with --no-addons$/m);
});

test('without --allow-worker, a pool of a worker file throws an error that names the flag', { skip }, async (t) => {
  const file = fileOf(t, 'module.exports = (n) => n;');
  assert.equal(
    await refusalOf(`new WorkerPool(1, ${JSON.stringify(file)});`, [
      READABLE,
      `--allow-fs-read=${file}`,
      '--allow-addons',
    ]),
    'Worker pool: the permission model of Node.js denies threads; start it with --allow-worker ' +
      'ERR_WORKER_INIT_FAILED\n',
  );
});

test('without --allow-fs-read for the worker file, the constructor throws an error that names the flag', {
  skip,
}, async (t) => {
  const file = fileOf(t, 'module.exports = (n) => n;');
  assert.equal(
    await refusalOf(`new WorkerPool(1, ${JSON.stringify(file)});`, [READABLE, '--allow-addons', '--allow-worker']),
    `Worker file not found: ${file} (the permission model of Node.js denies reading it; ` +
      `start it with --allow-fs-read=${file}) ERR_POOL_WORKER_NOT_FOUND\n`,
  );
});

test('with all permission flags, a pool of a worker file works', { skip }, async (t) => {
  const file = fileOf(t, 'module.exports = (n) => n;');
  const { stdout } = await runProgram(
    `const pool = new WorkerPool(1, ${JSON.stringify(file)});
     pool.run(7).then(async (result) => { console.log(result); await pool.close(); });`,
    { execArgv: [MODEL, READABLE, `--allow-fs-read=${path.dirname(file)}/*`, '--allow-addons', '--allow-worker'] },
  );
  assert.equal(stdout, '7\n');
});
