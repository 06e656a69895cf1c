'use strict';

const os = require('node:os');

/** Whether spinning for another thread can pay off. With a single core, it keeps that thread from running. */
const SPIN_PAYS = os.availableParallelism() > 1;

module.exports = { SPIN_PAYS };
