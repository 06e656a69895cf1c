'use strict';

// Simulates a system that refuses threads on command. To be required before the package.

const threads = require('node:worker_threads');

/** A stack that exceeds the address space of any machine. */
const TOO_LARGE_MB = 1e6;

let allowed = Infinity;

threads.Worker = class extends threads.Worker {
  constructor(file, options) {
    super(file, allowed > 0 ? options : { ...options, resourceLimits: { stackSizeMb: TOO_LARGE_MB } });
    allowed--;
  }
};

/** The `skip` option of tests that use this. */
const isKnown =
  process.platform === 'linux' && process.versions.bun === undefined && process.versions.deno === undefined;
const unsupported = isKnown ? false : 'other systems and runtimes handle a stack of that size differently';

/** Allows `count` more threads. */
function allowThreads(count) {
  allowed = count;
}

module.exports = { allowThreads, unsupported };
