'use strict';

// All scenarios of the benchmarks. A module has one, or an array of them:
//
//     name          in file names and options
//     title         in tables and charts
//     about         the work and what is timed, in Markdown
//     metrics       the results: { key, title, unit, better: 'less' | 'more' }, the most important one first
//     chart         { metrics: keys, log: whether the axis is logarithmic }
//     candidates    the names of its candidates
//     processes     the number of measurements in each round, each in a process of its own (default: 1)
//     maxRounds     the limit of rounds, if a round takes long
//     seconds       the time limit of a measurement (default: 60)
//     measure({ name, create, quick })   promises { [key]: value } for the metrics that apply to the candidate; a value is
//                   a number, or { moreThan: number } if only a lower bound is known

const SCENARIOS = [
  require('./throughput'),
  require('./latency'),
  ...require('./situations'),
  require('./latency-under-load'),
  require('./abort'),
  require('./start-up'),
  require('./memory-per-worker'),
  require('./memory-per-task'),
  require('./event-loop'),
  require('./worker-file'),
  require('./scaling'),
  require('./queue-growth'),
  require('./fib'),
  require('./example'),
  require('./hashing'),
  require('./hashing-by-turns'),
  require('./passwords'),
  require('./compression'),
  require('./images'),
  require('./photo-folder'),
  require('./small-hashes'),
];

function scenarioOf(name) {
  const found = SCENARIOS.find((scenario) => scenario.name === name);
  if (found === undefined) throw new Error(`There is no scenario ${name}`);
  return found;
}

module.exports = { SCENARIOS, scenarioOf };
