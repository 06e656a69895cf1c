'use strict';

// Writes the table of a scenario in Markdown.

const { readable } = require('./number');
const { bestPeer, summariesOf } = require('./summaries');

const OURS = 'native-worker-pool';

function tableOf(scenario) {
  const { metrics } = scenario;
  const summaries = summariesOf(scenario);
  const ours = summaries.find(({ candidate }) => candidate === OURS);
  if (summaries.length === 1) return [...columnOf(metrics, summaries[0]), ...notes(failures(summaries))].join('\n');
  const rows = summaries.map((summary) => [
    summary.candidate,
    ...metrics.flatMap(({ key }) => [spread(summary, key), ratio(summary.metrics[key], ours?.metrics[key])]),
  ]);
  const heads = metrics.flatMap((metric) => [headOf(metric), 'to ours']);
  const lines = [
    `| | ${heads.join(' | ')} |`,
    `|---|${'---:|'.repeat(heads.length)}`,
    ...rows.map((cells) => `| ${cells.join(' | ')} |`),
  ];
  return [...lines, ...notes([...comparisons(metrics, summaries, ours), ...failures(summaries)])].join('\n');
}

/** The table of a single candidate: a row for each metric. */
function columnOf(metrics, summary) {
  return [
    `| | ${summary.candidate} |`,
    '|---|---:|',
    ...metrics.map((metric) => `| ${headOf(metric)} | ${spread(summary, metric.key)} |`),
  ];
}

/** Separates paragraphs by empty lines. */
function notes(lines) {
  return lines.flatMap((line) => ['', line]);
}

function headOf({ title, unit, better }) {
  return `${title}, ${unit} (${better} is better)`;
}

function spread({ metrics, failures, measured }, key) {
  if (key in metrics) {
    const { median, least, greatest, isMoreThan } = metrics[key];
    return `${isMoreThan ? 'more than ' : ''}${readable(median)} (${readable(least)} to ${readable(greatest)})`;
  }
  return failures.length === measured ? 'failed' : '';
}

function ratio(metric, ours) {
  if (metric === undefined || ours === undefined) return '';
  return `${metric.isMoreThan ? 'more than ' : ''}${readable(metric.median / ours.median)}`;
}

/** Compares this package with the best of the other pools, for each metric. */
function comparisons(metrics, summaries, ours) {
  const parts = [];
  for (const metric of metrics) {
    const best = bestPeer(summaries, metric);
    const own = ours?.metrics[metric.key];
    if (best === undefined || own === undefined) continue;
    parts.push(`${metric.title}: ${readable(own.median / best.median)} (${best.candidate})`);
  }
  return parts.length === 0 ? [] : [`${OURS} to the best of the other pools: ${parts.join('; ')}.`];
}

function failures(summaries) {
  return summaries
    .filter((summary) => summary.failures.length > 0)
    .map(({ candidate, failures, measured }) => {
      const reasons = [...new Set(failures)].join('; ').replaceAll('|', '\\|');
      return `${candidate} failed in ${failures.length} of ${measured} measurements: ${reasons}`;
    });
}

module.exports = { tableOf };
