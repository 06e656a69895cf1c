'use strict';

// The exports of the package; index.d.ts documents them.

const { WorkerPool } = require('./lib/pool');

module.exports = { WorkerPool };
