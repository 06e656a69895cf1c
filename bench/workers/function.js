'use strict';

// The worker of piscina and tinypool, which call the exported function.

const { fib } = require('./fib');

module.exports = ({ n }) => ({ n, result: fib(n) });
