'use strict';

const { processor } = require('./lib/server/processor');
const { RemotePool } = require('./lib/remote/pool');
const { decode, encode } = require('./lib/job-values');

module.exports = { decode, encode, processor, RemotePool };
