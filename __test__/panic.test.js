'use strict';

// Panics of the addon itself, on the JavaScript thread. Those of workers are in crash.test.js.

const { test } = require('node:test');
const assert = require('node:assert/strict');
const { readdirSync, readFileSync } = require('node:fs');
const path = require('node:path');
const { native } = require('./support/build-with-test-workers');

test('a panic in any kind of export of the addon throws an error', () => {
  const panicking = new native.Panicking(false);
  const { closure } = panicking.functions();
  const calls = {
    function: () => native.panicInFunction(),
    constructor: () => new native.Panicking(true),
    method: () => panicking.method(),
    getter: () => panicking.getter,
    closure,
  };
  for (const [place, call] of Object.entries(calls)) {
    assert.throws(call, { name: 'Error', message: `panic in a ${place}` });
  }
});

test('every export of the addon catches panics', () => {
  const directory = path.resolve(__dirname, '../src');
  const exported = /#\[napi(?:\((?<options>[^)]*)\))?\](?:\s*#\[[^\]]*\])*\s*pub fn (?<name>\w+)/g;
  const found = [];
  for (const file of readdirSync(directory, { recursive: true })) {
    if (!file.endsWith('.rs')) continue;
    for (const { groups } of readFileSync(path.join(directory, file), 'utf8').matchAll(exported)) {
      found.push(groups.name);
      assert.match(groups.options ?? '', /\bcatch_unwind\b/, `${groups.name} in ${file}`);
    }
  }
  assert.ok(found.includes('numeric_workers') && found.includes('close_now') && found.includes('idle'), `${found}`);
});
