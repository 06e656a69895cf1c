'use strict';

// Runs the tests. With `--full`, those that take minutes, too.

const { spawnSync } = require('node:child_process');
const { readdirSync } = require('node:fs');
const path = require('node:path');

const full = process.argv.includes('--full');
const named = process.argv.slice(2).filter((argument) => argument !== '--full');
const all = readdirSync(__dirname).filter((file) => file.endsWith('.test.js'));
const files = named.length > 0 ? named : all.map((file) => path.join(__dirname, file));
const env = { ...process.env, ...(full ? { NATIVE_WORKER_POOL_FULL: '1' } : {}) };
const { status } = spawnSync(process.execPath, ['--test', '--test-concurrency=2', ...files], { stdio: 'inherit', env });
process.exitCode = status ?? 1;
