'use strict';

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { chartOf } = require('./report/charts');
const { markdownOf } = require('./report/markdown');
const { readable } = require('./report/number');
const { bestPeer, summariesOf } = require('./report/summaries');
const { tableOf } = require('./report/tables');

const LATENCY = {
  run: '2030-01-02T03:04:05.678Z',
  title: 'Latency',
  about: 'How long it takes.',
  metrics: [
    { key: 'p50', title: 'p50', unit: 'µs', better: 'less' },
    { key: 'p99', title: 'p99', unit: 'µs', better: 'less' },
  ],
  measurements: [
    { candidate: 'piscina', round: 1, load: 1, values: { p50: 40, p99: 300 } },
    { candidate: 'native-worker-pool', round: 1, load: 1, values: { p50: 10, p99: 200 } },
    { candidate: 'pool.js', round: 1, load: 1, values: { p50: 50, p99: 100 } },
    { candidate: 'tinypool', round: 1, failure: 'not done | after 60 seconds' },
    { candidate: 'workerpool', round: 1, load: 1, values: { p50: { moreThan: 1000 } } },
    { candidate: 'native-worker-pool', round: 2, load: 1, values: { p50: 30, p99: 400 } },
    { candidate: 'piscina', round: 2, failure: 'it crashed' },
  ],
};

test('numbers have three significant digits, small ones two', () => {
  const pairs = [
    [1234567.8, '1,234,568'],
    [123.4, '123'],
    [12.345, '12.3'],
    [1.2345, '1.23'],
    [0.012345, '0.012'],
    [40, '40'],
  ];
  for (const [value, text] of pairs) assert.equal(readable(value), text);
});

test('the table has medians with their spread, ratios, and what failed', () => {
  assert.deepEqual(tableOf(LATENCY).split('\n'), [
    '| | p50, µs (less is better) | to ours | p99, µs (less is better) | to ours |',
    '|---|---:|---:|---:|---:|',
    '| native-worker-pool | 20 (10 to 30) | 1 | 300 (200 to 400) | 1 |',
    '| pool.js | 50 (50 to 50) | 2.5 | 100 (100 to 100) | 0.33 |',
    '| piscina | 40 (40 to 40) | 2 | 300 (300 to 300) | 1 |',
    '| tinypool | failed |  | failed |  |',
    '| workerpool | more than 1,000 (1,000 to 1,000) | more than 50 |  |  |',
    '',
    'native-worker-pool to the best of the other pools: p50: 0.5 (piscina); p99: 3 (pool.js).',
    '',
    'piscina failed in 1 of 2 measurements: it crashed',
    '',
    'tinypool failed in 1 of 1 measurements: not done \\| after 60 seconds',
  ]);
});

test('the table of a single candidate has a row for each metric', () => {
  const measurements = LATENCY.measurements.filter(({ candidate }) => candidate === 'native-worker-pool');
  assert.deepEqual(tableOf({ ...LATENCY, measurements }).split('\n'), [
    '| | native-worker-pool |',
    '|---|---:|',
    '| p50, µs (less is better) | 20 (10 to 30) |',
    '| p99, µs (less is better) | 300 (200 to 400) |',
  ]);
});

test('the best of the other pools is the one with the least, or the most, and never a reference', () => {
  const measurements = [
    { candidate: 'piscina', round: 1, values: { speed: 2 } },
    { candidate: 'poolifier', round: 1, values: { speed: 3 } },
    { candidate: 'bare promises', round: 1, values: { speed: 9 } },
  ];
  const metric = { key: 'speed', title: 'speed', unit: 'tasks/s' };
  const summaries = summariesOf({ metrics: [metric], measurements });
  assert.deepEqual(bestPeer(summaries, { ...metric, better: 'more' }), { candidate: 'poolifier', median: 3 });
  assert.deepEqual(bestPeer(summaries, { ...metric, better: 'less' }), { candidate: 'piscina', median: 2 });
  assert.equal(bestPeer([], { ...metric, better: 'less' }), undefined);
  const [only] = measurements;
  const bounded = summariesOf({ metrics: [metric], measurements: [{ ...only, values: { speed: { moreThan: 1 } } }] });
  assert.equal(bestPeer(bounded, { ...metric, better: 'less' }), undefined);
});

test('the report says where and when, and how each candidate is used', () => {
  const machine = { cpu: 'Some CPU', cores: 2, memoryGB: 8, os: 'Linux x64', kernel: '6.1' };
  const runs = { [LATENCY.run]: { rounds: 5, machine, versions: { Node: '20.0.0', piscina: '5.3.2' } } };
  const text = markdownOf({ quick: false, runs, scenarios: { latency: LATENCY } });
  assert.match(
    text,
    /Run of 2030-01-02 03:04 UTC: Some CPU, 2 cores, 8 GB; Linux x64, kernel 6\.1\. Node 20\.0\.0, pis/,
  );
  assert.match(text, /## Latency\n\nHow long it takes\.\n\n!\[Latency\]\(latency\.svg\)\n\n\| \|/);
  assert.match(text, /\nRun of 2030-01-02 03:04 UTC, 2 of 5 rounds\.\n/);
  assert.match(text, /\n- \*\*piscina\*\*: /);
  assert.doesNotMatch(text, /\*\*poolifier\*\*|quick run/);
  assert.match(markdownOf({ quick: true, runs, scenarios: {} }), /A quick run/);
});

test('the chart names the candidates that have a number, and labels their medians', () => {
  for (const log of [true, false]) {
    const svg = chartOf(LATENCY, { metrics: ['p50', 'p99'], log });
    assert.match(svg, /^<svg [^>]*viewBox=/);
    for (const text of ['Latency', 'native-worker-pool', '20  (p50)', '300  (p99)', 'more than 1,000  (p50)']) {
      assert.ok(svg.includes(`>${text}</text>`), text);
    }
    assert.ok(!svg.includes('tinypool'));
    assert.doesNotMatch(svg, /NaN|undefined/);
  }
});
