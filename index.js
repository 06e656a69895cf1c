'use strict';

// What the package exports; index.d.ts describes it.

const { WorkerPool } = require('./lib/pool');

module.exports = { WorkerPool };
