'use strict';

// The result of `pool.stats()`; index.d.ts documents it.

/**
 * Durations, in milliseconds.
 * @typedef {{ mean: number, p50: number, p90: number, p99: number, max: number }} Times
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
const NUMBERS = 25;

/**
 * @param {{ stats(numbers: Float64Array): void }} backend
 * @returns {Stats}
 */
function statsOf(backend) {
  const numbers = new Float64Array(NUMBERS);
  backend.stats(numbers);
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
    runTime: times(numbers, 20),
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
    mean: numbers[at],
    p50: numbers[at + 1],
    p90: numbers[at + 2],
    p99: numbers[at + 3],
    max: numbers[at + 4],
  };
}

module.exports = { statsOf };
