'use strict';

// The kinds of workers that a pool can have, for tests that apply to all kinds. Such a test uses the workers that this
// module names. function-workers.test.js and message-workers.test.js run it again with worker files.

const path = require('node:path');
const { WorkerPool, freshGate, openGate, atGate } = require('./build-with-test-workers');

const files = (folder) => {
  const file = (name) => path.resolve(__dirname, '../fixtures/workers', folder, name);
  return { fib: file('fib.js'), gate: file('gate.js'), panic: file('panic.js') };
};

const KINDS = {
  native: { fib: 'native:fib', gate: 'native:test-gate', panic: 'native:test-panic' },
  function: files('.'),
  message: files('message'),
};

let kind = 'native';

/** Selects the kind of workers for the tests that are required from now on. */
function use(name) {
  kind = name;
}

module.exports = {
  WorkerPool,
  freshGate,
  openGate,
  atGate,
  use,
  /**
   * Three workers: `fib` computes Fibonacci numbers, `gate` waits at gates, and `panic` crashes for the numbers from 1
   * to 4 and returns other numbers.
   */
  get workers() {
    return KINDS[kind];
  },
  /** The `skip` option of tests that apply to native workers only. */
  get unlessNative() {
    return kind === 'native' ? false : 'applies to native workers only';
  },
};
