'use strict';

// Runs one measurement in this process, which measurement.js starts:
//
//     node --expose-gc bench/measure.js SCENARIO CANDIDATE [--quick]
//
// The last line of stdout is the result as JSON. After a failure, the last line of stderr is the reason.

const { writeSync } = require('node:fs');
const { candidateOf } = require('./candidates');
const { scenarioOf } = require('./scenarios');

async function main([scenarioName, candidateName, mode]) {
  const scenario = scenarioOf(scenarioName);
  const candidate = candidateOf(candidateName);
  const start = performance.now();
  const create = await candidate.load();
  const load = performance.now() - start;
  const values = await scenario.measure({ name: candidate.name, create, quick: mode === '--quick' });
  return { load, values };
}

main(process.argv.slice(2)).then(
  (result) => finish(1, JSON.stringify(result), 0),
  (error) => finish(2, error?.stack ? `${error.stack}\n${error.message}` : String(error), 1),
);

/** Ends the process, even if the pool still runs tasks. */
function finish(stream, text, code) {
  writeSync(stream, `\n${text}\n`);
  process.exit(code);
}
