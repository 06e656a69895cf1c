'use strict';

// The worker of workerpool: a dedicated script that registers its functions by name.

const workerpool = require('workerpool');
const { fib } = require('./fib');

workerpool.worker({ fib: ({ n }) => ({ n, result: fib(n) }) });
