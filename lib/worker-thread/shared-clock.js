'use strict';

const { performance } = require('node:perf_hooks');

const now = performance.now.bind(performance);
const { timeOrigin } = performance;

/** Milliseconds on a clock that all threads of a process share, as far as the system's clock was not set meanwhile. */
const sharedNow = () => timeOrigin + now();

module.exports = { sharedNow };
