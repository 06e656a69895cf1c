'use strict';

// Everything that is measured about the candidates. Each scenario is one module:
//
//     name, title   of files and options; of tables and charts
//     about         what is done and timed, in Markdown
//     metrics       what comes out, { key, title, unit, better: 'less' | 'more' }; the first one counts most
//     chart         { metrics: keys, log: whether the axis is logarithmic }
//     candidates    their names
//     processes     how often in each round, each time in a process of its own; one if not there
//     maxRounds     where a round takes long
//     seconds       after how long a measurement is given up; a minute if not there
//     measure({ name, create, quick })   promises { [key]: value }, of the keys that apply to the candidate;
//                   a value is a number, or { moreThan: number } where that is all that can be said

const SCENARIOS = [
  require('./throughput'),
  require('./latency'),
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
];

function scenarioOf(name) {
  const found = SCENARIOS.find((scenario) => scenario.name === name);
  if (found === undefined) throw new Error(`There is no scenario ${name}`);
  return found;
}

module.exports = { SCENARIOS, scenarioOf };
