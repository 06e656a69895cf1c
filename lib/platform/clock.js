'use strict';

// A monotonic clock that loads without the addon, for the threads of worker files.

const { performance } = require('node:perf_hooks');

/** Captured before the worker file can replace it. A module of `--require` may have replaced it already. */
const read = performance.now.bind(performance);

/** @returns {number} milliseconds from an arbitrary origin; `NaN` if a replaced clock returns no number. */
function now() {
  const time = read();
  return typeof time === 'number' ? time : NaN;
}

/**
 * @param {number} start A time of `now()`.
 * @returns {number} the milliseconds since `start`; `NaN` if they are not known.
 */
function since(start) {
  const elapsed = now() - start;
  return elapsed >= 0 ? elapsed : NaN;
}

module.exports = { now, since };
