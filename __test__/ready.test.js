'use strict';

const { test } = require('node:test');
const assert = require('node:assert/strict');
const { setImmediate: turn } = require('node:timers/promises');
const { WorkerPool, freshGate, openGate, workers } = require('./support/kinds');

const queueFull = { code: 'ERR_POOL_QUEUE_FULL' };

test('ready resolves at once if there is room', async () => {
  const pool = new WorkerPool(1, workers.fib);
  assert.equal(await pool.ready(), undefined);
  await pool.close();
});

test('ready waits until there is room', async () => {
  const pool = new WorkerPool(1, workers.gate, { maxQueue: 0 });
  const gate = freshGate();
  const running = pool.run(gate);
  let isReady = false;
  const ready = pool.ready().then(() => {
    isReady = true;
  });
  await turn();
  assert.equal(isReady, false);
  openGate(gate);
  await running;
  await ready;
  assert.equal(await pool.run(gate), gate);
  await pool.close();
});

for (const [size, maxQueue] of [
  [1, 0],
  [2, 1],
  [3, 5],
]) {
  test(`several loops of ready and run are never refused (${size} workers, maxQueue ${maxQueue})`, async () => {
    const pool = new WorkerPool(size, workers.fib, { maxQueue });
    const tasks = [];
    const loop = async () => {
      for (let i = 0; i < 300; i++) {
        await pool.ready();
        tasks.push(pool.run(i % 15));
      }
    };
    await Promise.all(Array.from({ length: 7 }, loop));
    assert.equal((await Promise.all(tasks)).length, 2100);
    assert.equal(pool.stats().refused, 0);
    await pool.close();
  });
}

test('callers of ready that do not use their room do not keep it from others', async () => {
  const pool = new WorkerPool(1, workers.gate, { maxQueue: 0 });
  const gate = freshGate();
  openGate(gate);
  for (let i = 0; i < 10; i++) await pool.ready();
  const waiting = Array.from({ length: 10 }, () => pool.ready());
  await Promise.all(waiting);
  assert.equal(await pool.run(gate), gate);
  await pool.close();
});

test('aborting a queued task makes room for a caller of ready', async () => {
  const pool = new WorkerPool(1, workers.gate, { maxQueue: 1 });
  const gate = freshGate();
  const running = pool.run(gate);
  const controller = new AbortController();
  const queued = pool.run(gate, { signal: controller.signal });
  const ready = pool.ready();
  controller.abort();
  await assert.rejects(queued, { code: 'ABORT_ERR' });
  await ready;
  const next = pool.run(gate);
  openGate(gate);
  await Promise.all([running, next]);
  await pool.close();
});

test('a queued task that exceeds its queueTimeout makes room for a caller of ready', async () => {
  const pool = new WorkerPool(1, workers.gate, { maxQueue: 1 });
  const gate = freshGate();
  const running = pool.run(gate);
  const queued = pool.run(gate, { queueTimeout: 5 });
  await Promise.all([pool.ready(), assert.rejects(queued, { code: 'ERR_POOL_QUEUE_TIMEOUT' })]);
  openGate(gate);
  await running;
  await pool.close();
});

test('pending calls of ready reject when the pool closes', async () => {
  const pool = new WorkerPool(1, workers.gate, { maxQueue: 0 });
  const gate = freshGate();
  const running = pool.run(gate);
  const waiting = [pool.ready(), pool.ready()];
  const closed = pool.close();
  const outcomes = await Promise.allSettled(waiting);
  assert.ok(outcomes.every(({ reason }) => reason?.code === 'ERR_POOL_CLOSED'));
  await assert.rejects(pool.ready(), { code: 'ERR_POOL_CLOSED', message: 'Pool is closing' });
  openGate(gate);
  await Promise.all([running, closed]);
  await assert.rejects(pool.ready(), { code: 'ERR_POOL_CLOSED' });
});

test("'drain' is emitted once after a refusal, when there is room", async () => {
  const pool = new WorkerPool(1, workers.gate, { maxQueue: 0 });
  let drains = 0;
  pool.on('drain', () => drains++);
  const [open, gate] = [freshGate(), freshGate()];
  openGate(open);
  await pool.run(open);
  await turn();
  assert.equal(drains, 0, 'nothing was refused');

  const running = pool.run(gate);
  for (let i = 0; i < 3; i++) await assert.rejects(pool.run(gate), queueFull);
  assert.equal(drains, 0, 'there is no room');
  openGate(gate);
  await running;
  assert.equal(drains, 1);
  await pool.run(gate);
  await turn();
  assert.equal(drains, 1);
  await pool.close();
});

test("there is room when 'drain' is emitted", async () => {
  const pool = new WorkerPool(1, workers.gate, { maxQueue: 1 });
  const gates = Array.from({ length: 3 }, freshGate);
  const tasks = [pool.run(gates[0]), pool.run(gates[1])];
  await assert.rejects(pool.run(gates[2]), queueFull);
  const drained = new Promise((resolve) => {
    pool.once('drain', () => resolve(pool.run(gates[2])));
  });
  openGate(gates[0]);
  await tasks[0];
  openGate(gates[1]);
  openGate(gates[2]);
  assert.equal(await drained, gates[2]);
  await Promise.all(tasks);
  await pool.close();
});

test("a pool that closes does not emit 'drain'", async () => {
  const pool = new WorkerPool(1, workers.gate, { maxQueue: 0 });
  pool.on('drain', () => assert.fail('emitted'));
  const gate = freshGate();
  const running = pool.run(gate);
  await assert.rejects(pool.run(gate), queueFull);
  const closed = pool.close();
  openGate(gate);
  await Promise.all([running, closed]);
  await turn();
});

test("refused tasks that are resubmitted at each 'drain' all complete", async () => {
  const pool = new WorkerPool(2, workers.fib, { maxQueue: 3 });
  let pending = Array.from({ length: 200 }, (_, i) => i % 20);
  let done = 0;
  await new Promise((resolve) => {
    const give = () => {
      const items = pending;
      pending = [];
      for (const item of items) {
        pool.run(item).then(
          () => ++done === 200 && resolve(),
          () => pending.push(item),
        );
      }
    };
    pool.on('drain', give);
    give();
  });
  assert.equal(pool.stats().completed, 200);
  await pool.close();
});
