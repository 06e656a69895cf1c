'use strict';

// The worker of poolifier: a ThreadWorker of the task's function.

const { ThreadWorker } = require('poolifier');
const { fib } = require('./fib');

module.exports = new ThreadWorker(({ n }) => ({ n, result: fib(n) }));
