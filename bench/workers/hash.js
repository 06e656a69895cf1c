'use strict';

// The worker of piscina for hashes.

const { createHash } = require('node:crypto');

module.exports = ({ data }) => createHash('sha256').update(data).digest('hex');
