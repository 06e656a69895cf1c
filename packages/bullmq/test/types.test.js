'use strict';

// index.d.ts from a caller's side. TypeScript is that of the repository.

const assert = require('node:assert/strict');
const { spawnSync } = require('node:child_process');
const path = require('node:path');
const { test } = require('node:test');

const repository = path.resolve(__dirname, '../../..');

test('index.d.ts passes the type tests in types/', () => {
  const manifest = require.resolve('typescript/package.json', { paths: [repository] });
  const tsc = path.resolve(path.dirname(manifest), require(manifest).bin.tsc);
  const args = [tsc, '-p', path.join(__dirname, 'types')];
  const { status, stdout } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  assert.equal(stdout, '');
  assert.equal(status, 0);
});
