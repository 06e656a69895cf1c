'use strict';

const { performance } = require('node:perf_hooks');

/** Milliseconds since whenever; captured before the worker file can replace it. */
const now = performance.now.bind(performance);

/** How many milliseconds have passed since then, or `NaN` where a module of `--require` has replaced the clock. */
function since(then) {
  const passed = now() - then;
  return passed >= 0 ? passed : Number.NaN;
}

module.exports = { now, since };
