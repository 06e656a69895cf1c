'use strict';

const { performance } = require('node:perf_hooks');
const { now } = require('../platform/clock');

const { timeOrigin } = performance;

/**
 * Milliseconds on a clock that all threads of a process share, as far as the system's clock was not set meanwhile; `NaN` if
 * that is not known.
 */
const sharedNow = () => timeOrigin + now();

module.exports = { sharedNow };
