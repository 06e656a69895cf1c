'use strict';

// The worker of piscina and tinypool, which call what the file exports.

const { fib } = require('./fib');

module.exports = ({ n }) => ({ n, result: fib(n) });
