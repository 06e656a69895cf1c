'use strict';

// results.md: what was measured where, and every scenario with its chart and table.

const { CANDIDATES } = require('../candidates');
const { tableOf } = require('./tables');

function markdownOf({ quick, runs, scenarios }) {
  const used = new Set(Object.values(scenarios).flatMap(({ measurements }) => measurements.map((m) => m.candidate)));
  return `${[
    '# Results',
    'Written by `node bench/run.js`; the raw numbers are in [results.json](results.json).',
    ...(quick ? ['**A quick run: less work than the descriptions say, and nothing to judge by.**'] : []),
    'Every measurement is made in a process of its own. In each round every candidate has its turn, in an order that ' +
      'changes from round to round. Tables show medians over all rounds (least to greatest), and the median divided by ' +
      'that of native-worker-pool ("to ours").',
    ...Object.entries(runs).map(([date, run]) => machineOf(date, run)),
    ...Object.entries(scenarios).flatMap(([name, scenario]) => sectionOf(name, scenario, runs[scenario.run])),
    '## How each is used',
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
