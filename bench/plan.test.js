'use strict';

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { inOrderOf, planOf } = require('./plan');

const everyone = () => true;
const short = (plan) => plan.map(({ scenario, candidate, round }) => `${scenario.name} ${candidate} ${round}`);

test('the order is turned round, and begins with another candidate, from round to round', () => {
  const orders = [1, 2, 3, 4, 5].map((round) => inOrderOf(round, ['a', 'b', 'c']).join(''));
  assert.deepEqual(orders, ['abc', 'cba', 'bca', 'acb', 'cab']);
});

test('a round goes through all scenarios', () => {
  const scenarios = [
    { name: 'x', candidates: ['a', 'b'] },
    { name: 'y', candidates: ['a'] },
  ];
  const plan = planOf(scenarios, { rounds: 2, quick: false }, everyone);
  assert.deepEqual(short(plan), ['x a 1', 'x b 1', 'y a 1', 'x b 2', 'x a 2', 'y a 2']);
});

test('a scenario can want several processes a round, or fewer rounds', () => {
  const scenarios = [
    { name: 'x', candidates: ['a', 'b'], processes: 2 },
    { name: 'y', candidates: ['a'], maxRounds: 1 },
  ];
  const first = ['x a 1', 'x b 1', 'x a 1', 'x b 1', 'y a 1'];
  const second = ['x b 2', 'x a 2', 'x b 2', 'x a 2'];
  assert.deepEqual(short(planOf(scenarios, { rounds: 2, quick: false }, everyone)), [...first, ...second]);
  assert.deepEqual(short(planOf(scenarios, { rounds: 1, quick: true }, everyone)), ['x a 1', 'x b 1', 'y a 1']);
});

test('who cannot run on this machine is left out', () => {
  const scenarios = [{ name: 'x', candidates: ['a', 'b'] }];
  const plan = planOf(scenarios, { rounds: 1, quick: false }, (name) => name !== 'a');
  assert.deepEqual(short(plan), ['x b 1']);
});
