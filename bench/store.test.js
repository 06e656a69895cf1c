'use strict';

const assert = require('node:assert/strict');
const { mkdtempSync, rmSync, writeFileSync } = require('node:fs');
const { tmpdir } = require('node:os');
const path = require('node:path');
const { test } = require('node:test');
const { merge, readResults, writeResults } = require('./report/store');

const NOTHING = { quick: false, runs: {}, scenarios: {} };
const scenario = (name) => ({ name, title: name, about: '', metrics: [] });
const latest = (date) => ({ date, rounds: 1, machine: {}, versions: {} });
const measured = (name, value) => new Map([[scenario(name), [{ candidate: 'piscina', round: 1, values: { value } }]]]);

test('a run replaces the scenarios that it measured, and leaves the others with their run', () => {
  const first = merge(NOTHING, latest('monday'), new Map([...measured('latency', 1), ...measured('throughput', 2)]));
  const second = merge(first, latest('tuesday'), measured('latency', 3));
  assert.equal(second.scenarios.latency.run, 'tuesday');
  assert.equal(second.scenarios.latency.measurements[0].values.value, 3);
  assert.deepEqual(second.scenarios.throughput, first.scenarios.throughput);
  assert.deepEqual(Object.keys(second.runs), ['monday', 'tuesday']);
});

test('a run of which nothing is left is dropped', () => {
  const first = merge(NOTHING, latest('monday'), measured('latency', 1));
  const second = merge(first, latest('tuesday'), measured('latency', 2));
  assert.deepEqual(Object.keys(second.runs), ['tuesday']);
});

test('scenarios stand in the order of the suite, and those that it no longer has are dropped', () => {
  const earlier = { ...NOTHING, scenarios: { latency: { run: 'monday' }, forgotten: { run: 'monday' } } };
  const results = merge(earlier, latest('tuesday'), measured('throughput', 1));
  assert.deepEqual(Object.keys(results.scenarios), ['throughput', 'latency']);
});

test('what was written is read again', (t) => {
  const folder = temporaryFolder(t);
  assert.deepEqual(readResults(folder, false), NOTHING);
  const results = merge(NOTHING, latest('monday'), measured('latency', 1));
  writeResults(folder, results);
  assert.deepEqual(readResults(folder, false), results);
});

test('quick and full runs are not mixed', (t) => {
  const folder = temporaryFolder(t);
  writeResults(folder, NOTHING);
  assert.throws(() => readResults(folder, true), /--out: .* results of a full run, which a --quick run must not/);
});

test('a file that is no JSON is not overwritten', (t) => {
  const folder = temporaryFolder(t);
  writeFileSync(path.join(folder, 'results.json'), '{');
  assert.throws(() => readResults(folder, false), /results\.json cannot be read/);
});

function temporaryFolder(t) {
  const folder = mkdtempSync(path.join(tmpdir(), 'native-worker-pool-bench-test-'));
  t.after(() => rmSync(folder, { recursive: true }));
  return folder;
}
