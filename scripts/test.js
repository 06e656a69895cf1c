'use strict';

// Runs the JavaScript suite against the last build:
//   npm test                        a minute and a half on two cores
//   npm run test:full               the same tests with more seeds, rounds and tasks, as in CI
//   npm test -- storm.test.js       some files of __test__; other options are passed to `node --test`

const { spawnSync } = require('node:child_process');
const { availableParallelism } = require('node:os');
const path = require('node:path');

/** Far longer than any test file takes, in milliseconds. */
const STUCK_AFTER_MS = 600_000;

const args = process.argv.slice(2);
const isFull = args[0] === '--full';
const { status } = spawnSync(
  process.execPath,
  [
    '--test',
    `--test-timeout=${STUCK_AFTER_MS}`,
    // The default is one less, which would run one file at a time on two cores.
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
