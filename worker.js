'use native:fib';
'use strict';

// Computes Fibonacci numbers, naively and synchronously: a stand-in for any CPU-bound work.
//
// A `WorkerPool` that is given this file runs the built-in worker that the first line names, on Rust
// threads. Any other pool, or a plain `worker_threads` worker, ignores that line and runs the
// JavaScript below, with the same results.

const { parentPort } = require('node:worker_threads');

function fib(n) {
  return n <= 1 ? n : fib(n - 1) + fib(n - 2);
}

parentPort.on('message', (data) => {
  const n = typeof data === 'number' ? data : Number(data?.n);
  if (!Number.isInteger(n) || n < 0) throw new Error(`Invalid n: ${data}`);
  parentPort.postMessage({ n, result: fib(n) });
});
