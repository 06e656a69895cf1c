'use strict';

const assert = require('node:assert/strict');
const { spawnSync } = require('node:child_process');
const path = require('node:path');
const { test } = require('node:test');
const { help, readCommandLine } = require('./command-line');

const NAMES = ['throughput', 'latency', 'start-up'];
const read = (...args) => readCommandLine(args, NAMES);

test('without options everything is measured in five rounds, into results/', () => {
  const out = path.join(__dirname, 'results');
  assert.deepEqual(read(), { only: NAMES, quick: false, rounds: 5, out, help: false });
});

test('a quick run has a folder and a number of rounds of its own', () => {
  const { quick, rounds, out } = read('--quick');
  assert.equal(quick, true);
  assert.equal(rounds, 2);
  assert.equal(out, path.join(__dirname, 'results', 'quick'));
});

test('--only takes a list, in the order of the suite', () => {
  assert.deepEqual(read('--only', 'start-up,throughput').only, ['throughput', 'start-up']);
  assert.deepEqual(read('--only', 'latency', '--only=start-up').only, ['latency', 'start-up']);
});

test('--rounds and --out are taken as given', () => {
  assert.equal(read('--rounds', '7').rounds, 7);
  assert.equal(read('--quick', '--rounds', '1').rounds, 1);
  assert.equal(read('--quick', '--out', 'here').out, path.resolve('here'));
});

test('a wrong option is named', () => {
  assert.throws(() => read('--only', 'latency,speed'), /--only: there is no scenario 'speed'; there are throughput, /);
  assert.throws(() => read('--only', ''), /--only: there is no scenario ''/);
  for (const rounds of ['0', '-1', '1.5', 'many', '', '1000']) {
    assert.throws(() => read(`--rounds=${rounds}`), new RegExp(`--rounds: .* not '${rounds}'`));
  }
  assert.throws(() => read('--out', ''), /--out: must be a folder/);
  assert.throws(() => read('--fast'), /--fast/);
  assert.throws(() => read('latency'), /latency/);
  assert.throws(() => read('--rounds'), /--rounds/);
});

test('the help names every option and scenario', () => {
  const text = help(NAMES);
  for (const word of ['--only', '--quick', '--rounds', '--out', '--help', ...NAMES])
    assert.ok(text.includes(word), word);
});

test('a wrong option ends the process with code 1, and only says what was wrong', () => {
  const { status, stderr, stdout } = spawnSync(process.execPath, [path.join(__dirname, 'run.js'), '--rounds', 'x'], {
    encoding: 'utf8',
  });
  assert.equal(status, 1);
  assert.equal(stderr, "--rounds: must be an integer from 1 to 999, not 'x'\n");
  assert.equal(stdout, '');
});
