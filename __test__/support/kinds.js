'use strict';

// The kinds of workers that a pool can have, for tests of what is true of all of them: such a test uses the
// workers that this module names, and function-workers.test.js and message-workers.test.js run it again, on
// threads of `worker_threads`.

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

/** Has the tests that are required from now on use workers of that kind. */
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
   * A worker that computes `fib`, one that waits at gates, and one that dies of the numbers from 1 to 4 and
   * answers others with themselves.
   */
  get workers() {
    return KINDS[kind];
  },
  /** For the `skip` option of a test of what only native workers do. */
  get unlessNative() {
    return kind === 'native' ? false : 'only native workers do that';
  },
};
