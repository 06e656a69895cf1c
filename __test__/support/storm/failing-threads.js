'use strict';

// Has the next threads that a pool starts fail, of Rust and of `worker_threads`. To be required before the package.

const threads = require('node:worker_threads');

/** How many of the next are not started. */
let left = 0;

threads.Worker = class extends threads.Worker {
  constructor(...args) {
    if (left > 0) {
      left--;
      throw Object.assign(new Error('the test has it fail'), { code: 'ERR_WORKER_INIT_FAILED' });
    }
    super(...args);
  }
};

const { failSpawns } = require('../build-with-test-workers');

/** Fails so many of the next starts of this thread's worker files, and of all native threads of the process. */
function fail(count) {
  left = count;
  failSpawns(count);
}

module.exports = { fail };
