'use strict';

// Statistics of measured values.

/** The middle value, or the mean of the two middle values. */
function median(values) {
  const sorted = Float64Array.from(values).sort();
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** The nearest-rank percentile: the smallest value that at least `percent` percent of the values do not exceed. */
function percentile(values, percent) {
  const sorted = Float64Array.from(values).sort();
  // 99.9 has no exact binary value, and its rounding error must not add a rank.
  const rank = Math.ceil((percent * sorted.length) / 100 - 1e-6);
  return sorted[Math.max(rank, 1) - 1];
}

/** The median and the range. */
function summary(values) {
  return { median: median(values), least: Math.min(...values), greatest: Math.max(...values) };
}

module.exports = { median, percentile, summary };
