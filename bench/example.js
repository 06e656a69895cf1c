'use strict';

// How long the document's example takes, twelve Fibonacci numbers of n from 40 to 42, on the document's
// pool of worker_threads and on this package's; and how much of that is the computing itself, V8
// against the native worker, with one fib(40) alone.
//
//     node bench/example.js [ROUNDS]
//
// Both pools are given the package's worker.js. As in the example, the clock starts when the pool has
// been made and stops when the last result is there; a thread of worker_threads may still be starting
// up then. In each round each candidate runs once, the order turned round from one round to the next,
// so that a machine that gets slower or warmer meets all alike.
//
// The table goes to stdout, the progress to stderr.

const os = require('node:os');
const path = require('node:path');
const { WorkerPool } = require('..');
const { WorkerPool: WorkerThreadsPool } = require('../__test__/support/worker-threads-pool');
const { version } = require('../package.json');

const workerFile = path.resolve(__dirname, '../worker.js');

const EXAMPLE = Array.from({ length: 12 }, (_, i) => 40 + (i % 3));
const ALONE = 40;

function fib(n) {
  return n <= 1 ? n : fib(n - 1) + fib(n - 2);
}

/** The milliseconds in which a pool of `Pool` computes the example. */
async function timeOfExample(Pool, size) {
  const pool = new Pool(size, workerFile, { maxQueue: 100 });
  const time = await timeOf(() => Promise.all(EXAMPLE.map((n) => pool.run({ n }))));
  await pool.close();
  return time;
}

async function timeOfNativeAlone() {
  const pool = new WorkerPool(1);
  const time = await timeOf(() => pool.run(ALONE));
  await pool.close();
  return time;
}

/** @returns {Promise<number>} milliseconds. */
async function timeOf(compute) {
  const start = performance.now();
  await compute();
  return performance.now() - start;
}

/** What is measured: pairs of functions that give milliseconds, ours second. */
const COMPARISONS = [
  {
    what: 'the example, 4 workers',
    theirs: () => timeOfExample(WorkerThreadsPool, 4),
    ours: () => timeOfExample(WorkerPool, 4),
  },
  {
    what: 'the example, 2 workers',
    theirs: () => timeOfExample(WorkerThreadsPool, 2),
    ours: () => timeOfExample(WorkerPool, 2),
  },
  {
    what: `fib(${ALONE}) alone, V8 and native`,
    theirs: () => timeOf(() => fib(ALONE)),
    ours: timeOfNativeAlone,
  },
];

/** Says how far it is: in place on a terminal, a line each time elsewhere. */
function progressOf(total) {
  const { stderr } = process;
  let done = 0;
  return (what) => {
    const text = `${done++} of ${total} measured${what === undefined ? '' : `, now: ${what}`}`;
    if (!stderr.isTTY) {
      stderr.write(`${text}\n`);
      return;
    }
    stderr.cursorTo(0);
    stderr.write(text);
    stderr.clearLine(1);
    if (what === undefined) stderr.write('\n');
  };
}

async function measure(rounds) {
  const progress = progressOf(rounds * COMPARISONS.length * 2);
  const rows = COMPARISONS.map(({ what }) => ({ what, theirs: [], ours: [] }));
  for (let round = 0; round < rounds; round++) {
    for (const [i, { what, ...candidates }] of COMPARISONS.entries()) {
      const names = round % 2 === 0 ? ['theirs', 'ours'] : ['ours', 'theirs'];
      for (const name of names) {
        progress(`${what}, round ${round + 1} of ${rounds}`);
        rows[i][name].push(await candidates[name]());
      }
    }
  }
  progress();
  return rows;
}

function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** The median, and the least and the greatest: how far to trust it. */
function spread(values) {
  const [least, greatest] = [Math.min(...values), Math.max(...values)];
  return `${median(values).toFixed(0)} (${least.toFixed(0)} to ${greatest.toFixed(0)})`;
}

function machine() {
  const cpus = os.cpus();
  const cpu = cpus[0]?.model.trim() ?? 'unknown processor';
  return `${cpu}, ${cpus.length} cores; ${os.type()} ${os.release()} ${os.arch()}`;
}

async function main() {
  const rounds = Number(process.argv[2] ?? 5);
  if (!Number.isInteger(rounds) || rounds < 1) throw new Error(`ROUNDS must be a positive integer: ${process.argv[2]}`);
  const rows = await measure(rounds);

  console.log(`${machine()}. Node ${process.versions.node}, V8 ${process.versions.v8}; native-worker-pool ${version}.`);
  console.log(`Milliseconds: medians of ${rounds} rounds (least to greatest).\n`);
  console.log('| | worker_threads | native-worker-pool | ratio of the medians |');
  console.log('|---|---:|---:|---:|');
  for (const { what, theirs, ours } of rows) {
    const ratio = median(theirs) / median(ours);
    console.log(`| ${what} | ${spread(theirs)} | ${spread(ours)} | ${ratio.toFixed(1)} |`);
  }
}

main().catch((error) => {
  console.error(error.message);
  process.exitCode = 1;
});
