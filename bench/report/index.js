'use strict';

// Writes the results to a folder: results.json, results.md, and NAME.svg for each scenario.

const { mkdirSync, writeFileSync } = require('node:fs');
const path = require('node:path');
const { scenarioOf } = require('../scenarios');
const { chartOf } = require('./charts');
const { markdownOf } = require('./markdown');
const { writeResults } = require('./store');

/** @param {string[]} measured The scenarios whose charts are out of date. */
function writeReport(folder, results, measured) {
  mkdirSync(folder, { recursive: true });
  writeResults(folder, results);
  for (const name of measured) {
    writeFileSync(path.join(folder, `${name}.svg`), chartOf(results.scenarios[name], scenarioOf(name).chart));
  }
  writeFileSync(path.join(folder, 'results.md'), markdownOf(results));
}

module.exports = { writeReport };
