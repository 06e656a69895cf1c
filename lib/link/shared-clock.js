'use strict';

const { performance } = require('node:perf_hooks');
const { now } = require('../platform/clock');

const { timeOrigin } = performance;

/**
 * The time in milliseconds, on a clock that all threads of a process share. Thread clocks differ if the system's clock was
 * set between their starts.
 * @returns {number} `NaN` if the program has replaced the clock.
 */
const sharedNow = () => timeOrigin + now();

module.exports = { sharedNow };
