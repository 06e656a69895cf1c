'use strict';

// The sandboxed processor of compare.js.

const fib = (n) => (n < 2 ? n : fib(n - 1) + fib(n - 2));

module.exports = async (job) => ({ n: job.data, result: fib(job.data) });
