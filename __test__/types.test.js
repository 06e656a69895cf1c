'use strict';

const { test } = require('node:test');
const assert = require('node:assert/strict');
const { spawnSync } = require('node:child_process');
const path = require('node:path');

test('index.d.ts passes the type tests in types/', () => {
  const manifest = require.resolve('typescript/package.json');
  const tsc = path.resolve(path.dirname(manifest), require(manifest).bin.tsc);
  const { status, stdout } = spawnSync(process.execPath, [tsc, '-p', path.join(__dirname, 'types')], {
    encoding: 'utf8',
  });
  assert.equal(stdout, '');
  assert.equal(status, 0);
});
