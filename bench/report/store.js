'use strict';

// results.json: all raw numbers, and what they depend on. A run replaces the scenarios that it measured and
// leaves the others as they are, with the run that they come from.
//
//     { quick, runs: { [date]: { rounds, machine, versions } },
//       scenarios: { [name]: { run: date, title, about, metrics, measurements: [
//         { candidate, round, load, values } | { candidate, round, failure } ] } } }

const { existsSync, readFileSync, writeFileSync } = require('node:fs');
const path = require('node:path');
const { SCENARIOS } = require('../scenarios');

function fileIn(folder) {
  return path.join(folder, 'results.json');
}

/** @throws {Error} when the folder has results that those of this run must not be mixed with. */
function readResults(folder, quick) {
  const file = fileIn(folder);
  if (!existsSync(file)) return { quick, runs: {}, scenarios: {} };
  let results;
  try {
    results = JSON.parse(readFileSync(file, 'utf8'));
  } catch (cause) {
    throw new Error(`${file} cannot be read (${cause.message}): mend it, or remove it to start anew`, { cause });
  }
  if (results.quick !== quick) {
    const [there, here] = quick ? ['full', '--quick'] : ['--quick', 'full'];
    throw new Error(`--out: ${folder} has the results of a ${there} run, which a ${here} run must not be mixed with`);
  }
  return results;
}

/**
 * @param {{ date: string, rounds: number, machine: object, versions: object }} latest
 * @param {Map<object, object[]>} measured the measurements of each scenario
 */
function merge(earlier, { date, ...run }, measured) {
  const scenarios = { ...earlier.scenarios };
  for (const [{ name, title, about, metrics }, measurements] of measured) {
    scenarios[name] = { run: date, title, about, metrics, measurements };
  }
  return {
    quick: earlier.quick,
    runs: stillUsed({ ...earlier.runs, [date]: run }, scenarios),
    scenarios: sorted(scenarios),
  };
}

function stillUsed(runs, scenarios) {
  const used = new Set(Object.values(scenarios).map(({ run }) => run));
  return Object.fromEntries(Object.entries(runs).filter(([date]) => used.has(date)));
}

/** In the order of the suite, whatever was measured last; those that the suite no longer has are dropped. */
function sorted(scenarios) {
  const present = SCENARIOS.filter(({ name }) => name in scenarios);
  return Object.fromEntries(present.map(({ name }) => [name, scenarios[name]]));
}

function writeResults(folder, results) {
  writeFileSync(fileIn(folder), `${JSON.stringify(results, null, 2)}\n`);
}

module.exports = { readResults, merge, writeResults };
