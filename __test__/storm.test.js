'use strict';

const { test } = require('node:test');
const assert = require('node:assert/strict');
const { storm } = require('./support/storm/storm');

const SCHEDULES = 10_000;

test(`${SCHEDULES} schedules in which everything happens at once`, async (t) => {
  assert.equal(await storm({ seed: 1, schedules: SCHEDULES }), SCHEDULES);
  t.diagnostic('more of them, or one again: see support/storm/storm.js');
});
