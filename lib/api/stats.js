'use strict';

// What has become of a pool's tasks, as callers see it.

/** The numbers of src/stats.rs, in their order. */
const NUMBERS = 23;

/** @param {{ stats(numbers: Float64Array): void }} native The backend of a pool. */
function statsOf(native) {
  const numbers = new Float64Array(NUMBERS);
  native.stats(numbers);
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
