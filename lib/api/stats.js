'use strict';

// The result of `pool.stats()`; index.d.ts documents it.

/**
 * Durations, in milliseconds.
 * @typedef {object} Times
 * @property {number} min
 * @property {number} mean
 * @property {number} stddev
 * @property {number} p50
 * @property {number} p90
 * @property {number} p99
 * @property {number} p999
 * @property {number} max
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
 */

/** How many numbers src/stats.rs writes. The indices below are their order. */
const NUMBERS = 31;

/**
 * @param {{ stats(numbers: Float64Array, reset: boolean): void }} backend
 * @param {boolean} reset Whether the times start anew.
 * @returns {Stats}
 */
function statsOf(backend, reset) {
  const numbers = new Float64Array(NUMBERS);
  backend.stats(numbers, reset);
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
    waitTime: times(numbers, 15),
    runTime: times(numbers, 23),
    utilization: numbers[14],
  };
}

/**
 * @param {Float64Array} numbers
 * @param {number} at
 * @returns {Times}
 */
function times(numbers, at) {
  return {
    min: numbers[at],
    mean: numbers[at + 1],
    stddev: numbers[at + 2],
    p50: numbers[at + 3],
    p90: numbers[at + 4],
    p99: numbers[at + 5],
    p999: numbers[at + 6],
    max: numbers[at + 7],
  };
}

module.exports = { statsOf };
