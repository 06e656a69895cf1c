'use strict';

const { test } = require('node:test');
const assert = require('node:assert/strict');
const { scale } = require('./support/scale');
const { storm } = require('./support/storm/storm');

const SCHEDULES = scale(10_000, 200);
/** A thread of `worker_threads` takes a thousand times as long to start. */
const SCHEDULES_OF_FILES = scale(300, 8);

test(`${SCHEDULES} random schedules with native workers keep every guarantee`, async (t) => {
  assert.equal(await storm({ seed: 1, schedules: SCHEDULES }), SCHEDULES);
  t.diagnostic('more of them, or one again: see support/storm/storm.js');
});

test(`${SCHEDULES_OF_FILES} random schedules with worker files keep every guarantee`, async () => {
  assert.equal(await storm({ seed: 1, schedules: SCHEDULES_OF_FILES, files: true }), SCHEDULES_OF_FILES);
});
