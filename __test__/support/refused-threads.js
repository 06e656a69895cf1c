'use strict';

// A system that refuses threads on command. To be required before the package.

const threads = require('node:worker_threads');

/** No machine has so much address space for the stack of a thread. */
const TOO_LARGE_MB = 1e6;

let allowed = Infinity;

threads.Worker = class extends threads.Worker {
  constructor(file, options) {
    super(file, allowed > 0 ? options : { ...options, resourceLimits: { stackSizeMb: TOO_LARGE_MB } });
    allowed--;
  }
};

/** For the `skip` option of a test. */
const isKnown =
  process.platform === 'linux' && process.versions.bun === undefined && process.versions.deno === undefined;
const unsupported = isKnown ? false : 'other systems and runtimes take a stack of that size differently';

/** Has the system allow so many threads more. */
function allowThreads(count) {
  allowed = count;
}

module.exports = { allowThreads, unsupported };
