'use strict';

// Packs the tarballs in a temporary folder, and checks them as users install them. It needs no network:
// - publint checks each package.json against the files of the tarball.
// - attw checks that TypeScript resolves the types of the main package, in every module mode. The packages of the
//   platforms have no types.

const { execFileSync } = require('node:child_process');
const { mkdtempSync, readdirSync, rmSync } = require('node:fs');
const { tmpdir } = require('node:os');
const path = require('node:path');
const { name, version } = require('../package.json');

/** worker.js has no types: a pool loads it by its path, and no program imports it. */
const WITHOUT_TYPES = ['./worker.js'];

/** Runs the program of a package that is a dependency. Throws if it fails. */
function run(dependency, bin, ...args) {
  const folder = path.resolve(__dirname, '../node_modules', dependency);
  const script = path.join(folder, require(path.join(folder, 'package.json')).bin[bin]);
  execFileSync(process.execPath, [script, ...args], { stdio: 'inherit' });
}

const out = mkdtempSync(path.join(tmpdir(), 'native-worker-pool-lint-'));
try {
  execFileSync(process.execPath, [path.join(__dirname, 'pack.js'), out], { stdio: ['ignore', 'ignore', 'inherit'] });
  for (const tarball of readdirSync(out)) run('publint', 'publint', path.join(out, tarball), '--strict');
  const main = path.join(out, `${name}-${version}.tgz`);
  run('@arethetypeswrong/cli', 'attw', main, '--exclude-entrypoints', ...WITHOUT_TYPES);
} catch (error) {
  if (error.status === undefined) throw error;
  process.exitCode = 1; // the program has printed what it found
} finally {
  rmSync(out, { recursive: true });
}
