'use strict';

// Writes results.md: the machine of each run, and every scenario with its chart and table.

const { CANDIDATES } = require('../candidates');
const { tableOf } = require('./tables');

function markdownOf({ quick, runs, scenarios }) {
  const used = new Set(Object.values(scenarios).flatMap(({ measurements }) => measurements.map((m) => m.candidate)));
  return `${[
    '# Results',
    'Written by `node bench/run.js`; the raw numbers are in [results.json](results.json).',
    ...(quick ? ['**A quick run: it does less work than described, and its figures are not meaningful.**'] : []),
    'Every measurement runs in a process of its own. Each round measures every candidate, in an order that changes from ' +
      'round to round. Tables show the median of all rounds (minimum to maximum), and its ratio to the median of ' +
      'native-worker-pool ("to ours").',
    ...Object.entries(runs).map(([date, run]) => machineOf(date, run)),
    ...Object.entries(scenarios).flatMap(([name, scenario]) => sectionOf(name, scenario, runs[scenario.run])),
    '## How each is configured',
    CANDIDATES.filter(({ name }) => used.has(name))
      .map(({ name, note }) => `- **${name}**: ${note}`)
      .join('\n'),
  ].join('\n\n')}\n`;
}

function machineOf(date, { machine, versions }) {
  const { cpu, cores, memoryGB, os, kernel } = machine;
  const list = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  return `Run of ${minute(date)}: ${cpu}, ${cores} cores, ${memoryGB} GB; ${os}, kernel ${kernel}. ${list.join(', ')}.`;
}

function sectionOf(name, scenario, { rounds }) {
  const { title, about, run } = scenario;
  const done = new Set(scenario.measurements.map(({ round }) => round)).size;
  return [
    `## ${title}`,
    about,
    `![${title}](${name}.svg)`,
    tableOf(scenario),
    `Run of ${minute(run)}, ${done} of ${rounds} rounds.`.replace(`${rounds} of ${rounds} rounds`, `${rounds} rounds`),
  ];
}

function minute(date) {
  return `${date.slice(0, 16).replace('T', ' ')} UTC`;
}

module.exports = { markdownOf };
