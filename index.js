'use strict';

const { WorkerPool } = require('./lib/pool');

module.exports = { WorkerPool };
