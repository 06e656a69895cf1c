'use strict';

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { median, percentile, summary } = require('./statistics');

test('the median is the middle value, or the mean of the two in the middle', () => {
  assert.equal(median([3]), 3);
  assert.equal(median([10, 2, 9]), 9); // as numbers: '10' would sort before '2'
  assert.equal(median([4, 1, 3, 2]), 2.5);
});

test('a percentile is a value that was there', () => {
  const values = Array.from({ length: 1000 }, (_, i) => 1000 - i);
  assert.equal(percentile(values, 50), 500);
  assert.equal(percentile(values, 99), 990);
  assert.equal(percentile(values, 99.9), 999);
  assert.equal(percentile(values, 100), 1000);
  assert.equal(percentile([7], 1), 7);
  for (const thousands of [3, 6, 7, 10]) {
    const count = thousands * 1000;
    assert.equal(
      percentile(
        Array.from({ length: count }, (_, i) => i + 1),
        99.9,
      ),
      count - thousands,
    );
  }
});

test('neither changes what it is given', () => {
  const values = [3, 1, 2];
  median(values);
  percentile(values, 50);
  assert.deepEqual(values, [3, 1, 2]);
});

test('a summary is the median, the least and the greatest', () => {
  assert.deepEqual(summary([5, 1, 3]), { median: 3, least: 1, greatest: 5 });
});
