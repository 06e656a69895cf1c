'use strict';

// A complete run: measures the selected scenarios and updates the results.

const path = require('node:path');
const { candidateOf } = require('./candidates');
const { machine, versions } = require('./environment');
const { measure } = require('./measurement');
const { planOf } = require('./plan');
const { progressOf } = require('./progress');
const { writeReport } = require('./report');
const { merge, readResults } = require('./report/store');
const { scenarioOf } = require('./scenarios');

async function run({ only, quick, rounds, out }) {
  const earlier = readResults(out, quick); // first, since reading may fail
  const scenarios = only.map(scenarioOf);
  const plan = planOf(scenarios, { rounds, quick }, (name) => candidateOf(name).available?.() ?? true);
  const date = new Date().toISOString();
  const progress = progressOf(plan.length);

  const measured = new Map(scenarios.map((scenario) => [scenario, []]));
  for (const step of plan) {
    progress.now(step);
    const { scenario, candidate, round } = step;
    const result = await measure({ scenario, candidate, quick });
    measured.get(scenario).push({ candidate, round, ...result });
  }
  progress.stop();

  const latest = { date, rounds, machine: machine(), versions: versions() };
  const results = merge(earlier, latest, measured);
  writeReport(out, results, only);
  console.log(`The results are in ${path.relative('', out) || '.'}: results.md, results.json and the charts.`);
}

module.exports = { run };
