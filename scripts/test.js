'use strict';

// Runs the JavaScript suite against what was built last:
//   npm test                        a minute and a half on two cores
//   npm run test:full               the same behaviours with more seeds, rounds and tasks; what CI runs
//   npm test -- storm.test.js       these files of __test__, and other options of `node --test`

const { spawnSync } = require('node:child_process');
const { availableParallelism } = require('node:os');
const path = require('node:path');

/** Far longer than any file of tests takes, in milliseconds. */
const STUCK_AFTER_MS = 600_000;

const args = process.argv.slice(2);
const isFull = args[0] === '--full';
const { status } = spawnSync(
  process.execPath,
  [
    '--test',
    `--test-timeout=${STUCK_AFTER_MS}`,
    // The default is one less. On a machine with two cores one file would run at a time.
    `--test-concurrency=${availableParallelism()}`,
    ...(isFull ? args.slice(1) : args),
  ],
  {
    cwd: path.resolve(__dirname, '../__test__'),
    // See __test__/support/scale.js.
    env: { ...process.env, ...(isFull ? { NATIVE_WORKER_POOL_TESTS: 'full' } : {}) },
    stdio: 'inherit',
  },
);
process.exitCode = status ?? 1;
