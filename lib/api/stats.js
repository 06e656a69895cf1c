'use strict';

// The result of `pool.stats()`; index.d.ts documents it.

/**
 * Durations, in milliseconds.
 * @typedef {{ mean: number, p50: number, p90: number, p99: number, max: number }} Times
 */

/**
 * @typedef {object} Stats
 * @property {number} size
 * @property {number} idle
 * @property {number} running
 * @property {number} stopping
 * @property {number} queued
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
const NUMBERS = 23;

/**
 * @param {{ stats(numbers: Float64Array): void }} backend
 * @returns {Stats}
 */
function statsOf(backend) {
  const numbers = new Float64Array(NUMBERS);
  backend.stats(numbers);
  return {
    size: numbers[0],
    idle: numbers[1],
    running: numbers[2],
    stopping: numbers[3],
    queued: numbers[4],
    submitted: numbers[5],
    completed: numbers[6],
    failed: numbers[7],
    aborted: numbers[8],
    timedOut: numbers[9],
    refused: numbers[10],
    crashes: numbers[11],
    waitTime: times(numbers, 13),
    runTime: times(numbers, 18),
    utilization: numbers[12],
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
