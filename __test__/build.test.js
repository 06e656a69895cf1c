'use strict';

const { test } = require('node:test');
const assert = require('node:assert/strict');
const { spawnSync } = require('node:child_process');
const { mkdtempSync, readFileSync, readdirSync, rmSync } = require('node:fs');
const { tmpdir } = require('node:os');
const path = require('node:path');
const { environmentWithoutRust } = require('./support/without-rust.js');

test('without cargo on the PATH, the build fails with one sentence that explains how to install it', (t) => {
  const directory = mkdtempSync(path.join(tmpdir(), 'native-worker-pool-build-'));
  t.after(() => rmSync(directory, { recursive: true }));
  const env = environmentWithoutRust(directory);
  assert.equal(spawnSync('cargo', ['--version'], { env }).error?.code, 'ENOENT');

  const build = spawnSync(process.execPath, [path.resolve(__dirname, '../scripts/build.js')], {
    env,
    encoding: 'utf8',
  });

  assert.match(build.stderr, /^[^\n]*no cargo on the PATH[^\n]*install Rust with rustup[^\n]*\.\n$/);
  assert.deepEqual(
    { status: build.status, signal: build.signal, stdout: build.stdout },
    { status: 1, signal: null, stdout: '' },
  );
});

const root = path.resolve(__dirname, '..');

/** The addon as published for this platform. */
const binary = readdirSync(root).find((name) => /^native-worker-pool\..*\.node$/.test(name));

test('the addon is at most 8 MB', { skip: binary === undefined && 'the addon was not built here' }, () => {
  assert.ok(readFileSync(path.join(root, binary)).length <= 8e6);
});

const isGlibc = /linux-.*-gnu/.test(binary ?? '');

test('the C libraries are compiled with stack protection and fortified functions', {
  skip: !isGlibc && 'only glibc has these functions',
}, () => {
  const content = readFileSync(path.join(root, binary));
  for (const name of ['__stack_chk_fail', '__memcpy_chk']) assert.ok(content.includes(name), name);
});
