'use strict';

const { performance } = require('node:perf_hooks');
const { now } = require('../platform/clock');

const { timeOrigin } = performance;

/**
 * The time in milliseconds, on a clock that all threads of a process share. The clocks of two threads differ if the
 * system clock was set between their starts.
 * @returns {number} `NaN` if the program has replaced the clock.
 */
const sharedNow = () => timeOrigin + now();

module.exports = { sharedNow };
