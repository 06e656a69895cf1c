'use strict';

const { test } = require('node:test');
const assert = require('node:assert/strict');
const { native } = require('./support/build-with-test-workers');
const protocol = require('../lib/platform/native-protocol');

test('both sides of the addon know the same numbers', () => {
  const own = (groups) => Object.fromEntries(Object.entries(groups).map(([name, group]) => [name, { ...group }]));
  assert.deepEqual(own(protocol), own(native.protocol()));
});
