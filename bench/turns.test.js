'use strict';

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { byTurns } = require('./turns');

test('functions take turns, and each round has a time for each of them', async () => {
  const order = [];
  const call = (name) => async () => {
    if (order.at(-1) !== name) order.push(name);
  };
  const times = await byTurns([call('a'), call('b')], { ms: 1, rounds: 3 });
  assert.equal(order.join(''), 'abababab'); // the first pair is the warm-up
  assert.deepEqual(
    times.map((rounds) => rounds.length),
    [3, 3],
  );
  assert.ok(times.flat().every((ms) => ms > 0));
});

test('a function that takes longer than its turn is called once', async () => {
  let calls = 0;
  await byTurns([() => calls++], { ms: 0, rounds: 2 });
  assert.equal(calls, 3);
});
