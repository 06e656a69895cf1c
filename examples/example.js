'use strict';

// Twelve Fibonacci numbers on a pool, and how long they took.
//
//     npm start
//     POOL_SIZE=8 npm start
//
// In a project that has installed the package, the two lines that name files are
//
//     const { WorkerPool } = require('native-worker-pool');
//     const workerFile = require.resolve('native-worker-pool/worker.js');

const path = require('node:path');
const { WorkerPool } = require('..');

const workerFile = path.resolve(__dirname, '../worker.js');

/** Says on stderr how far the work is: in place on a terminal, a line each time elsewhere. */
function progressOf(total) {
  const { stderr } = process;
  let done = 0;
  return ({ n }) => {
    done++;
    const text = `${done} of ${total} done, the last of them fib(${n})`;
    if (!stderr.isTTY) {
      stderr.write(`${text}\n`);
      return;
    }
    stderr.cursorTo(0);
    stderr.write(text);
    stderr.clearLine(1);
    if (done === total) stderr.write('\n');
  };
}

/** The pool, or undefined after saying what is wrong with POOL_SIZE. */
function poolOfSize(poolSize) {
  try {
    // At most 100 tasks wait for a worker; `run` refuses what comes on top.
    return new WorkerPool(Number(poolSize), workerFile, { maxQueue: 100 });
  } catch (error) {
    if (error.code !== 'ERR_OUT_OF_RANGE') throw error;
    console.error(`POOL_SIZE must be an integer from 1 to 1024; it is '${poolSize}'.`);
    process.exitCode = 1;
  }
}

async function main() {
  const pool = poolOfSize(process.env.POOL_SIZE ?? '4');
  if (pool === undefined) return;

  const numbers = Array.from({ length: 12 }, (_, i) => 40 + (i % 3));
  const progress = progressOf(numbers.length);
  const start = performance.now();
  const results = await Promise.all(
    numbers.map(async (n) => {
      const result = await pool.run({ n });
      progress(result);
      return result;
    }),
  );
  const elapsed = performance.now() - start;

  console.log('The first of', results.length, 'results:', results.slice(0, 3));
  console.log('elapsed ms:', Math.round(elapsed));
  await pool.close();
}

main();
