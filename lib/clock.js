'use strict';

const { performance } = require('node:perf_hooks');

/** Milliseconds since whenever; taken before anybody can replace it, by a test or in a worker file. */
const now = performance.now.bind(performance);

/** As long as a timer of Node.js can wait, in milliseconds: one that should wait for longer rings at once. */
const LONGEST_MS = 2 ** 31 - 1;

module.exports = { LONGEST_MS, now };
