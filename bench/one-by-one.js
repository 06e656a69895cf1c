'use strict';

// Times tasks that are submitted one at a time.

const { percentile } = require('./statistics');

/** The metrics of `percentilesOf`. */
const PERCENTILES = [
  { key: 'p50', title: 'p50', unit: 'µs', better: 'less' },
  { key: 'p90', title: 'p90', unit: 'µs', better: 'less' },
  { key: 'p99', title: 'p99', unit: 'µs', better: 'less' },
];

/**
 * Runs `count` tasks that take almost no time, each after the previous one has settled.
 * @param {() => Promise<void>} [pause] Awaited before each task.
 * @returns {Promise<Float64Array>} the time of each task in microseconds.
 */
async function oneByOne(pool, count, pause) {
  const times = new Float64Array(count);
  for (let i = 0; i < count; i++) {
    if (pause !== undefined) await pause();
    const start = performance.now();
    await pool.run({ n: 1 });
    times[i] = (performance.now() - start) * 1e3;
  }
  return times;
}

function percentilesOf(times) {
  return { p50: percentile(times, 50), p90: percentile(times, 90), p99: percentile(times, 99) };
}

module.exports = { PERCENTILES, oneByOne, percentilesOf };
