'use strict';

// What has become of a pool's tasks, as callers see it.

/** The numbers of src/stats.rs, in their order. */
const NUMBERS = 23;

/** @param {{ stats(numbers: Float64Array): void }} native The native side of a pool. */
function statsOf(native) {
  const numbers = new Float64Array(NUMBERS);
  native.stats(numbers);
  const [size, idle, running, stopping, queued, submitted, completed, failed, aborted, timedOut, refused, crashes] =
    numbers;
  return {
    size,
    idle,
    running,
    stopping,
    queued,
    submitted,
    completed,
    failed,
    aborted,
    timedOut,
    refused,
    crashes,
    waitTime: times(numbers.subarray(13, 18)),
    runTime: times(numbers.subarray(18, 23)),
    utilization: numbers[12],
  };
}

function times([mean, p50, p90, p99, max]) {
  return { mean, p50, p90, p99, max };
}

module.exports = { statsOf };
