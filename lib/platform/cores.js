'use strict';

const os = require('node:os');

/** Whether to wait for another thread without sleeping can be of use: not when the only core is needed by that. */
const SPIN_PAYS = os.availableParallelism() > 1;

module.exports = { SPIN_PAYS };
