'use native:fib';
'use strict';

// Computes Fibonacci numbers by naive recursion, as an example of CPU-bound work.
//
// A `WorkerPool` of this file runs the built-in worker that the first line names, on Rust threads. Other pools and plain
// `worker_threads` ignore the line and run the JavaScript below, with the same results.

const threads = require('node:worker_threads');

const parentPort = /** @type {threads.MessagePort} */ (threads.parentPort);

/**
 * @param {number} n
 * @returns {number}
 */
function fib(n) {
  return n <= 1 ? n : fib(n - 1) + fib(n - 2);
}

parentPort.on('message', (data) => {
  const n = typeof data === 'number' ? data : Number(data?.n);
  if (!Number.isInteger(n) || n < 0) throw new Error(`Invalid n: ${data}`);
  parentPort.postMessage({ n, result: fib(n) });
});
