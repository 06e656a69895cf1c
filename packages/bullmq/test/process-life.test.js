'use strict';

// An idle RemotePool does not keep its process alive, connected or not.

const assert = require('node:assert/strict');
const path = require('node:path');
const { test } = require('node:test');
const { fixtures } = require('./support/fixtures');
const { Program } = require('./support/processes');
const { skipReason, TestRedis } = require('./support/redis');

const options = { skip: skipReason(), timeout: 60_000 };
const script = path.join(__dirname, 'fixtures/idle.js');

test('an idle pool lets the process end', options, async (t) => {
  const redis = await TestRedis.start();
  const { queue, serve } = fixtures(t, redis);
  t.after(() => redis.stop());
  serve('native');
  const program = new Program(t, script, [redis.port, queue]);
  assert.deepEqual(await program.exited, [0, null]);
  assert.equal(program.lines.at(-1), 'done');
});

test('an idle pool lets the process end while Redis is away', options, async (t) => {
  const redis = await TestRedis.start();
  const { queue, serve } = fixtures(t, redis);
  t.after(() => redis.stop());
  serve('native');
  const program = new Program(t, script, [redis.port, queue, 'wait']);
  await program.line((line) => line === 'done');
  await redis.kill();
  assert.deepEqual(await program.exited, [0, null]);
  await redis.start();
});

test('a pool that was never used lets the process end', { timeout: 60_000 }, async (t) => {
  const program = new Program(t, script, [1, 'q', 'unused']);
  assert.deepEqual(await program.exited, [0, null]);
});
