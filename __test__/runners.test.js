'use strict';

// Users test their programs with runners and libraries that replace timers, clocks and microtasks. The package is used
// under each of them for real. They are packages of their own: `npm --prefix __test__/runners ci` installs them.

const { test } = require('node:test');
const assert = require('node:assert/strict');
const { execFile } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { promisify } = require('node:util');

const run = promisify(execFile);
const directory = path.join(__dirname, 'runners');
const areInstalled = fs.existsSync(path.join(directory, 'node_modules'));
const skip = areInstalled ? false : 'not installed: npm --prefix __test__/runners ci';

/** Runs a program of Node.js there, by its file. */
async function node(...args) {
  const { NODE_TEST_CONTEXT: _, NAPI_RS_NATIVE_LIBRARY_PATH: __, ...env } = process.env;
  const { stdout, stderr } = await run(process.execPath, args, { cwd: directory, env });
  return stdout + stderr;
}

/** The file of a package's command. */
function command(name) {
  const packageFile = path.join(directory, 'node_modules', name, 'package.json');
  const { bin } = JSON.parse(fs.readFileSync(packageFile, 'utf8'));
  return path.join(path.dirname(packageFile), typeof bin === 'string' ? bin : bin[name]);
}

test('a pool works under jest with fake timers enabled globally', { skip }, async () => {
  const config = JSON.stringify({
    rootDir: directory,
    testMatch: ['<rootDir>/suites/jest.js'],
    testEnvironment: 'node',
    fakeTimers: { enableGlobally: true },
    testTimeout: 60_000, // correctness does not depend on how fast the machine is
  });
  const told = await node(command('jest'), '--config', config, '--no-cache', '--watchman=false');
  assert.match(told, /Tests: +3 passed, 3 total/);
});

test('a pool works under vitest with fake timers', { skip }, async () => {
  const told = await node(command('vitest'), 'run', '--root', directory);
  assert.match(told, /Tests +.*2 passed/);
});

for (const when of ['before', 'after']) {
  test(`a pool works under sinon's fake timers, installed ${when} the package is loaded`, { skip }, async () => {
    assert.match(await node('suites/sinon.js', when), /^passed$/m);
  });
}
