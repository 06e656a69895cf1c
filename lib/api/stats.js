'use strict';

// The result of `pool.stats()`; index.d.ts documents it.

/**
 * Durations, in milliseconds.
 * @typedef {object} Times
 * @property {number} count
 * @property {number} min
 * @property {number} mean
 * @property {number} stddev
 * @property {number} p50
 * @property {number} p90
 * @property {number} p99
 * @property {number} p999
 * @property {number} max
 * @property {number[]} [buckets] How many are at most as long as each of the bounds that were asked for.
 */

/**
 * @typedef {object} WorkerStats
 * @property {number} workerId
 * @property {number | undefined} threadId Of worker files.
 * @property {number} running
 * @property {number} stopping
 * @property {number} ended
 * @property {number} busyTime In milliseconds.
 */

/**
 * @typedef {object} Stats
 * @property {number} size
 * @property {number} threads
 * @property {number} idle
 * @property {number} running
 * @property {number} stopping
 * @property {number} queued
 * @property {number} queuedBytes
 * @property {number} submitted
 * @property {number} completed
 * @property {number} failed
 * @property {number} aborted
 * @property {number} timedOut
 * @property {number} refused
 * @property {number} crashes
 * @property {Times} waitTime
 * @property {Times} runTime
 * @property {number} utilization
 * @property {WorkerStats[]} [workers]
 */

/**
 * @typedef {object} StatsBackend
 * @property {(numbers: Float64Array, bounds: Float64Array, reset: boolean) => void} stats
 * @property {(numbers: Float64Array) => void} workers
 * @property {(worker: number) => number | undefined} [threadIdOf]
 */

// The order of the numbers that src/stats.rs writes.

const WAIT_TIME = 15;
const RUN_TIME = 24;
const BUCKETS = 33;

/** How many numbers there are of each seat: what it does, how many runs have ended, and their time. */
const OF_SEAT = 3;

/** What a seat does. The other numbers mean that it has no thread, or no task. */
const VACANT = 0;
const RUNNING = 2;
const STOPPING = 3;

/**
 * @param {StatsBackend} backend
 * @param {readonly number[]} bounds The upper bounds of buckets, in milliseconds.
 * @param {boolean} reset Whether the times start anew.
 * @returns {Stats}
 */
function statsOf(backend, bounds, reset) {
  const { length } = bounds;
  const numbers = new Float64Array(BUCKETS + 2 * length);
  const ofBuckets = new Float64Array(length);
  for (let i = 0; i < length; i++) ofBuckets[i] = bounds[i];
  backend.stats(numbers, ofBuckets, reset);
  return {
    size: numbers[0],
    threads: numbers[13],
    idle: numbers[1],
    running: numbers[2],
    stopping: numbers[3],
    queued: numbers[4],
    queuedBytes: numbers[5],
    submitted: numbers[6],
    completed: numbers[7],
    failed: numbers[8],
    aborted: numbers[9],
    timedOut: numbers[10],
    refused: numbers[11],
    crashes: numbers[12],
    waitTime: times(numbers, WAIT_TIME, numbers.subarray(BUCKETS, BUCKETS + length)),
    runTime: times(numbers, RUN_TIME, numbers.subarray(BUCKETS + length)),
    utilization: numbers[14],
  };
}

/**
 * @param {Float64Array} numbers
 * @param {number} at
 * @param {Float64Array} buckets
 * @returns {Times}
 */
function times(numbers, at, buckets) {
  const summary = {
    count: numbers[at],
    min: numbers[at + 1],
    mean: numbers[at + 2],
    stddev: numbers[at + 3],
    p50: numbers[at + 4],
    p90: numbers[at + 5],
    p99: numbers[at + 6],
    p999: numbers[at + 7],
    max: numbers[at + 8],
  };
  return buckets.length === 0 ? summary : { ...summary, buckets: [...buckets] };
}

/**
 * @param {StatsBackend} backend
 * @param {number} size How many workers there have been at most.
 * @param {number} concurrency How many seats each has.
 * @returns {WorkerStats[]} those of the workers that have a thread.
 */
function workerStatsOf(backend, size, concurrency) {
  const ofWorker = OF_SEAT * concurrency;
  const numbers = new Float64Array(size * ofWorker);
  backend.workers(numbers);
  const workers = [];
  for (let worker = 0; worker < size; worker++) {
    if (numbers[worker * ofWorker] === VACANT) continue;
    const stats = { workerId: worker + 1, threadId: backend.threadIdOf?.(worker), running: 0, stopping: 0 };
    let [ended, busyTime] = [0, 0];
    for (let at = worker * ofWorker; at < (worker + 1) * ofWorker; at += OF_SEAT) {
      if (numbers[at] === RUNNING) stats.running++;
      else if (numbers[at] === STOPPING) stats.stopping++;
      ended += numbers[at + 1];
      busyTime += numbers[at + 2];
    }
    workers.push({ ...stats, ended, busyTime });
  }
  return workers;
}

module.exports = { statsOf, workerStatsOf };
