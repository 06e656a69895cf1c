'use strict';

// Makes the next starts of threads fail, in Rust and in `worker_threads`. To be required before the package.

const threads = require('node:worker_threads');

/** How many of the next starts fail. */
let left = 0;

threads.Worker = class extends threads.Worker {
  constructor(...args) {
    if (left > 0) {
      left--;
      throw Object.assign(new Error('the test makes it fail'), { code: 'ERR_WORKER_INIT_FAILED' });
    }
    super(...args);
  }
};

const { failSpawns } = require('../build-with-test-workers');

/** Fails the next `count` starts: of worker files in this thread, and of native threads in the process. */
function fail(count) {
  left = count;
  failSpawns(count);
}

module.exports = { fail };
