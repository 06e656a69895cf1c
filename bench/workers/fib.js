'use strict';

// The work of every JavaScript worker in bench/: the recursion of the package's worker.js.

function fib(n) {
  return n <= 1 ? n : fib(n - 1) + fib(n - 2);
}

module.exports = { fib };
