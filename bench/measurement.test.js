'use strict';

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { measure } = require('./measurement');
const { SCENARIOS } = require('./scenarios');
const { candidateOf } = require('./candidates');

test('a measurement that fails says why', async () => {
  const result = await measure({ scenario: { name: 'latency' }, candidate: 'nobody', quick: true });
  assert.deepEqual(result, { failure: 'There is no candidate nobody' });
});

test('a measurement that takes too long is given up', async () => {
  const result = await measure({ scenario: { name: 'latency', seconds: 0.001 }, candidate: 'pool.js', quick: true });
  assert.deepEqual(result, { failure: 'not done after 0.001 seconds' });
});

test('a measurement gives a number for a metric of its scenario', async () => {
  const scenario = SCENARIOS.find(({ name }) => name === 'start-up');
  const result = await measure({ scenario, candidate: 'pool.js', quick: true });
  assert.deepEqual(Object.keys(result.values), ['firstResult']);
  assert.ok(result.values.firstResult > 0 && result.load > 0);
});

test('every scenario names candidates that there are, and shows metrics that it has', () => {
  for (const { name, candidates, metrics, chart } of SCENARIOS) {
    for (const candidate of candidates) candidateOf(candidate);
    const keys = metrics.map(({ key }) => key);
    for (const key of chart.metrics) assert.ok(keys.includes(key), `${name}: ${key}`);
    const units = new Set(metrics.filter(({ key }) => chart.metrics.includes(key)).map(({ unit }) => unit));
    assert.equal(units.size, 1, `${name}: one axis has one unit`);
  }
});
