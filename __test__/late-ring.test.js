'use strict';

// A ring of the doorbell can come when everything has been collected before: by an earlier ring, while
// the thread that rings was between sending its result and ringing.

const { test } = require('node:test');
const assert = require('node:assert/strict');
const { setImmediate: turn } = require('node:timers/promises');
const { Deliveries } = require('../lib/deliveries');
const { Hold, InFlight } = require('../lib/in-flight');
const { Numbers } = require('../lib/inputs');
const { Tasks } = require('../lib/tasks');
const { ENDLESS } = require('../lib/room');
const { waysIn } = require('../lib/way-in');
const { WorkerPool } = require('..');

test('a ring with nothing pending comes through to the native side', async () => {
  const hold = new Hold();
  const inputs = new Numbers();
  const tasks = new Tasks(Number, inputs, hold);
  const deliveries = new Deliveries(tasks, inputs, (_input, output) => output, hold);
  let waiting = [];
  let collections = 0;
  const owner = {
    collect(records) {
      collections++;
      const count = waiting.length;
      records.set(waiting.flat());
      waiting = [];
      return count;
    },
  };
  const submit = (slot, input) => {
    waiting.push([slot, 0, input]);
    return null;
  };
  owner.inFlight = new InFlight(owner, hold, () => {});
  owner.room = ENDLESS;
  owner.waits = { stop() {} };
  owner.emitAnnounced = () => {};
  Object.assign(owner, waysIn({ submit }, 1, owner.inFlight, owner.room));
  const task = tasks.run(owner, 7);
  deliveries.collect();
  assert.equal(await task, 7);
  await turn();
  const before = collections;
  deliveries.collect();
  assert.equal(collections, before + 1, 'the late ring was not heard, so there would be no other');
});

test('pauses between pairs of short tasks lose no result', async () => {
  const pool = new WorkerPool(2);
  for (let round = 0; round < 30_000; round++) {
    await Promise.all([pool.run(1), pool.run(1)]);
    await turn();
  }
  await pool.close();
});
