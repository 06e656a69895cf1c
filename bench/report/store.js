'use strict';

// Reads and writes results.json: all raw numbers, with the machine and versions of their run. A run replaces the
// scenarios that it has measured, and keeps the others together with their runs.
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

/** @throws {Error} if the folder has results of the other mode, quick or full. */
function readResults(folder, quick) {
  const file = fileIn(folder);
  if (!existsSync(file)) return { quick, runs: {}, scenarios: {} };
  let results;
  try {
    results = JSON.parse(readFileSync(file, 'utf8'));
  } catch (cause) {
    throw new Error(`${file} cannot be read (${cause.message}): repair it, or remove it to start again`, { cause });
  }
  if (results.quick !== quick) {
    const [there, here] = quick ? ['full', '--quick'] : ['--quick', 'full'];
    throw new Error(`--out: ${folder} has the results of a ${there} run, which a ${here} run must not be mixed with`);
  }
  return results;
}

/**
 * @param {{ date: string, rounds: number, machine: object, versions: object }} latest
 * @param {Map<object, object[]>} measured The measurements of each scenario.
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

/** Sorts scenarios in the order of the suite, and drops those that it no longer has. */
function sorted(scenarios) {
  const present = SCENARIOS.filter(({ name }) => name in scenarios);
  return Object.fromEntries(present.map(({ name }) => [name, scenarios[name]]));
}

function writeResults(folder, results) {
  writeFileSync(fileIn(folder), `${JSON.stringify(results, null, 2)}\n`);
}

module.exports = { readResults, merge, writeResults };
