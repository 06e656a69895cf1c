'use strict';

// What many numbers are made into.

/** The middle value, or the mean of the two in the middle. */
function median(values) {
  const sorted = Float64Array.from(values).sort();
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** The least value that at least `percent` of the values do not exceed. */
function percentile(values, percent) {
  const sorted = Float64Array.from(values).sort();
  // 99.9 has no exact value in binary, and what it is too much must not count as one rank more.
  const rank = Math.ceil((percent * sorted.length) / 100 - 1e-6);
  return sorted[Math.max(rank, 1) - 1];
}

/** The median, and how far to trust it. */
function summary(values) {
  return { median: median(values), least: Math.min(...values), greatest: Math.max(...values) };
}

module.exports = { median, percentile, summary };
