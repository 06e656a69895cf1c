'use strict';

// The decision to spin, from the results of earlier spins. crates/engine/src/scheduler/spin_backoff.rs has the same rule.

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { SpinBackoff } = require('../lib/platform/spin-backoff');

/** @returns the number of opportunities that pass until the next spin. */
function skipped(backoff) {
  let count = 0;
  while (count < 1000 && !backoff.allows()) count++;
  return count;
}

test('spins at every opportunity until the first miss', () => {
  const backoff = new SpinBackoff();
  for (let i = 0; i < 1000; i++) {
    assert.equal(backoff.allows(), true);
    backoff.hit();
  }
});

test('each miss doubles the pause, up to a limit', () => {
  const backoff = new SpinBackoff();
  const pauses = Array.from({ length: 11 }, () => {
    backoff.missed();
    return skipped(backoff);
  });
  assert.deepEqual(pauses, [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 512]);
});

test('many hits in a row end the pauses, a few do not', () => {
  const backoff = new SpinBackoff();
  for (let i = 0; i < 10; i++) backoff.missed();
  assert.equal(skipped(backoff), 512);
  for (let i = 0; i < 10; i++) backoff.hit();
  backoff.missed();
  assert.equal(skipped(backoff), 512);
  for (let i = 0; i < 1000; i++) backoff.hit();
  backoff.missed();
  assert.equal(skipped(backoff), 1);
});
