'use strict';

const { test } = require('node:test');
const assert = require('node:assert/strict');
const { native } = require('./support/build-with-test-workers');
const protocol = require('../lib/platform/native-protocol');

test('Rust and JavaScript use the same protocol numbers', () => {
  const own = (groups) => Object.fromEntries(Object.entries(groups).map(([name, group]) => [name, { ...group }]));
  assert.deepEqual(own(protocol), own(native.protocol()));
});
