'use strict';

// `map` and `stream` run their tasks with the limits and the priority that `run` has.

const { test } = require('node:test');
const assert = require('node:assert/strict');
const { WorkerPool, freshGate, atGate, openGate, workers } = require('./support/kinds');
const { recorded } = require('./support/source');

const METHODS = {
  map: (pool, items, options) => pool.map(items, options),
  stream: async (pool, items, options) => {
    const results = [];
    for await (const result of pool.stream(items, options)) results.push(result);
    return results;
  },
};

for (const [method, call] of Object.entries(METHODS)) {
  test(`${method} stops when a task exceeds timeout`, async () => {
    const pool = new WorkerPool(1, workers.fib);
    const source = recorded(Array(100).fill(78));
    await assert.rejects(call(pool, source, { timeout: 5 }), { code: 'ERR_POOL_TIMEOUT' });
    assert.equal(source.returned, 1);
    await pool.close(); // which would wait for those that compute fib(78)
    // Those in flight with it may time out as well, before the event loop hears of the first.
    const { timedOut, submitted } = pool.stats();
    assert.ok(timedOut >= 1 && submitted < 100, `${timedOut} of ${submitted}`);
  });

  test(`${method} stops when a task exceeds queueTimeout`, async () => {
    const gate = freshGate();
    const pool = new WorkerPool(1, workers.gate);
    const first = pool.run(gate);
    await assert.rejects(call(pool, Array(100).fill(gate), { queueTimeout: 5 }), { code: 'ERR_POOL_QUEUE_TIMEOUT' });
    openGate(gate);
    assert.equal(await first, gate);
    await pool.close();
  });

  test(`time limits that no task of ${method} exceeds have no effect`, async () => {
    const pool = new WorkerPool(2, workers.fib);
    const items = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10];
    const results = await call(pool, items, { timeout: 1e6, queueTimeout: 1e6, priority: -3 });
    assert.deepEqual(
      results.map(({ n }) => n),
      items,
    );
    await pool.close();
  });

  test(`the tasks of ${method} run with its priority`, async () => {
    const gates = Array.from({ length: 4 }, freshGate);
    const pool = new WorkerPool(1, workers.gate);
    const calls = [
      pool.run(gates[0]),
      pool.run(gates[1]),
      call(pool, [gates[2]], { priority: -1 }),
      call(pool, [gates[3]], { priority: 1 }),
    ];
    const order = [];
    const waiting = new Set(gates);
    while (waiting.size > 0) {
      const reached = await Promise.race([...waiting].map((gate) => atGate(gate).then(() => gate)));
      order.push(gates.indexOf(reached));
      waiting.delete(reached);
      openGate(reached);
    }
    assert.deepEqual(order, [0, 3, 1, 2]);
    await Promise.all(calls);
    await pool.close();
  });

  test(`onProgress of ${method} is called after each task, with the total if items has a length`, async () => {
    const pool = new WorkerPool(2, workers.fib);
    const reported = [];
    const onProgress = (progress) => reported.push(progress);
    await call(pool, [1, 2, 3], { onProgress });
    assert.deepEqual(reported, [
      { done: 1, total: 3 },
      { done: 2, total: 3 },
      { done: 3, total: 3 },
    ]);
    reported.length = 0;
    await call(pool, new Set([1]), { onProgress });
    assert.deepEqual(reported, [{ done: 1, total: undefined }]);
    await pool.close();
  });

  test(`an exception of onProgress stops ${method}`, async () => {
    const pool = new WorkerPool(1, workers.fib);
    const source = recorded([1, ...Array(100).fill(78)]);
    const onProgress = () => {
      throw new Error('from onProgress');
    };
    await assert.rejects(call(pool, source, { onProgress }), { message: 'from onProgress' });
    assert.equal(source.returned, 1);
    await pool.close(); // which would wait for those that compute fib(78)
  });
}
