'use strict';

const { performance } = require('node:perf_hooks');

/** Captured before the worker file can replace it. A module of `--require` may have. */
const read = performance.now.bind(performance);

/** Milliseconds since whenever; `NaN` where the clock was replaced by what is none. */
function now() {
  const time = read();
  return typeof time === 'number' ? time : NaN;
}

/** How many milliseconds have passed since then, or `NaN` if that is not known. */
function since(then) {
  const passed = now() - then;
  return passed >= 0 ? passed : NaN;
}

module.exports = { now, since };
