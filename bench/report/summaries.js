'use strict';

// Summarizes the measurements of a scenario for tables and charts.

const { CANDIDATES } = require('../candidates');
const { summary } = require('../statistics');

/**
 * @returns {{ candidate: string, kind: string, metrics: Record<string, object>, failures: string[], measured: number
 *   }[]} for each candidate, in the order of the suite: its metrics as `{ median, least, greatest, isMoreThan }`, the
 *   reasons of failed measurements, and the number of all measurements.
 */
function summariesOf({ metrics, measurements }) {
  return CANDIDATES.flatMap(({ name, kind }) => {
    const own = measurements.filter(({ candidate }) => candidate === name);
    if (own.length === 0) return [];
    const succeeded = own.filter(({ failure }) => failure === undefined);
    const found = {};
    for (const { key } of metrics) {
      const values = succeeded.map((measurement) => measurement.values[key]).filter((value) => value !== undefined);
      if (values.length > 0) found[key] = summaryOf(values);
    }
    const failures = own.filter(({ failure }) => failure !== undefined).map(({ failure }) => failure);
    return [{ candidate: name, kind, metrics: found, failures, measured: own.length }];
  });
}

function summaryOf(values) {
  const isMoreThan = values.some((value) => value.moreThan !== undefined);
  return { ...summary(values.map((value) => value.moreThan ?? value)), isMoreThan };
}

/**
 * Finds the best median of the other pools. Lower bounds (`isMoreThan`) do not count.
 * @returns {{ candidate: string, median: number } | undefined}
 */
function bestPeer(summaries, { key, better }) {
  const peers = summaries
    .filter(({ kind, metrics }) => kind === 'peer' && metrics[key]?.isMoreThan === false)
    .map(({ candidate, metrics }) => ({ candidate, median: metrics[key].median }));
  const isBetter = better === 'less' ? (a, b) => a.median < b.median : (a, b) => a.median > b.median;
  return peers.reduce((best, peer) => (best === undefined || isBetter(peer, best) ? peer : best), undefined);
}

module.exports = { summariesOf, bestPeer };
