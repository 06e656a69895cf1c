'use strict';

// The kinds of workers that a pool can have, for tests of what is true of all of them: such a test uses the
// workers that this module names, and function-workers.test.js and message-workers.test.js run it again, on
// threads of `worker_threads`.

const path = require('node:path');
const { setImmediate: turn } = require('node:timers/promises');
const { setEnvironmentData } = require('node:worker_threads');
const native = require('./build-with-test-workers');

const GATES = 8192;
/** Whether each is open, and whether a task has come to it. */
const gates = new Int32Array(new SharedArrayBuffer(4 * 2 * GATES));
setEnvironmentData('gates', gates.buffer);

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

/** Opens a gate for good, for workers of any kind. */
function openGate(number) {
  native.openGate(number);
  if (number >= GATES) return;
  Atomics.store(gates, number, 1);
  Atomics.notify(gates, number);
}

/** Resolves when a task has come to a gate. */
async function atGate(number) {
  const isThere = () => (kind === 'native' ? native.isReached(number) : Atomics.load(gates, GATES + number) > 0);
  while (!isThere()) await turn();
}

module.exports = {
  WorkerPool: native.WorkerPool,
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
