'use strict';

// Installs the dependencies of the benchmarks into bench/node_modules, if they are missing or the lock file has
// changed. This module must not load anything from node_modules.

const { spawnSync } = require('node:child_process');
const { existsSync, statSync } = require('node:fs');
const path = require('node:path');

const LOCK = path.join(__dirname, 'package-lock.json');
/** npm writes this file at the end of each installation. */
const INSTALLED = path.join(__dirname, 'node_modules', '.package-lock.json');

function ensureInstalled() {
  if (existsSync(INSTALLED) && statSync(INSTALLED).mtimeMs >= statSync(LOCK).mtimeMs) return;
  console.error("Installing the benchmarks' dependencies with npm ci …");
  const [command, ...args] = npm();
  const { error, status } = spawnSync(command, [...args, 'ci', '--ignore-scripts', '--no-audit', '--no-fund'], {
    cwd: __dirname,
    stdio: ['ignore', 2, 2], // stdout is for results
  });
  if (error) throw new Error(`npm could not be started: ${error.message}`);
  if (status !== 0) throw new Error('npm ci failed in bench/');
}

/** The command that starts npm without a shell. On Windows `npm` is a batch file, so node runs its script. */
function npm() {
  const scripts = [
    process.env.npm_execpath, // set by npm, which may have started this
    path.join(path.dirname(process.execPath), 'node_modules', 'npm', 'bin', 'npm-cli.js'), // Windows
  ];
  const script = scripts.find((file) => file?.endsWith('npm-cli.js') && existsSync(file));
  return script === undefined ? ['npm'] : [process.execPath, script];
}

module.exports = { ensureInstalled };
