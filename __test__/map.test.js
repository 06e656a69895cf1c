'use strict';

const { test } = require('node:test');
const assert = require('node:assert/strict');
const { getEventListeners } = require('node:events');
const { setImmediate: turn } = require('node:timers/promises');
const { WorkerPool, freshGate, openGate, atGate, workers, unlessNative } = require('./support/kinds');
const { naturals, recorded } = require('./support/source');

/** Items in flight for each worker; see lib/iterate/bounded-pull.js. */
const PER_WORKER = 4;

const kinds = { iterable: { isAsync: false }, 'async iterable': { isAsync: true } };

test('map returns the results in the order of the items', async () => {
  const pool = new WorkerPool(3, workers.fib);
  const results = await pool.map(Array.from({ length: 500 }, (_, i) => i % 25));
  assert.deepEqual(
    results.map(({ n }) => n),
    Array.from({ length: 500 }, (_, i) => i % 25),
  );
  await pool.close();
});

test('map accepts arrays, sets, typed arrays, strings, generators and async generators', async () => {
  const pool = new WorkerPool(2, workers.panic);
  async function* later() {
    for (const item of [5, 6]) {
      await turn();
      yield item;
    }
  }
  assert.deepEqual(await pool.map([5, 6]), [5, 6]);
  assert.deepEqual(await pool.map(new Set([5, 6])), [5, 6]);
  assert.deepEqual(await pool.map(new Uint8Array([5, 6])), [5, 6]);
  assert.deepEqual(await pool.map('56'), [5, 6]);
  assert.deepEqual(await pool.map([5, 6].values()), [5, 6]);
  assert.deepEqual(await pool.map(later()), [5, 6]);
  assert.deepEqual(await pool.map([Promise.resolve(5), 6]), [5, 6], 'a promise stands for its value');
  assert.deepEqual(await pool.map([]), []);
  await pool.close();
});

test('the first items of map start before map returns', async () => {
  const pool = new WorkerPool(2, workers.gate);
  const gates = [freshGate(), freshGate()];
  const mapped = pool.map(gates);
  assert.equal(pool.idle.length, 0);
  for (const gate of gates) openGate(gate);
  assert.deepEqual(await mapped, gates);
  await pool.close();
});

for (const [kind, options] of Object.entries(kinds)) {
  test(`map keeps a bounded number of items in flight (${kind})`, async () => {
    const pool = new WorkerPool(2, workers.gate);
    const gate = freshGate();
    const source = recorded(Array(100).fill(gate), options);
    const mapped = pool.map(source);
    for (let i = 0; i < 50; i++) await turn();
    assert.equal(source.pulled, 2 * PER_WORKER);
    openGate(gate);
    assert.equal((await mapped).length, 100);
    assert.deepEqual([source.pulled, source.returned], [100, 0]);
    await pool.close();
  });

  test(`the first error stops a map (${kind})`, async () => {
    const pool = new WorkerPool(2, workers.fib);
    const items = (function* () {
      yield* [10, 78, 'bad'];
      for (;;) yield 78;
    })();
    const source = recorded(items, options);
    await assert.rejects(pool.map(source), { message: 'Invalid n: bad' });
    assert.equal(source.returned, 1);
    assert.ok(source.pulled <= 1 + 2 * PER_WORKER);
    await pool.close(); // which would wait for those that compute fib(78)
    const { submitted, completed, failed, aborted } = pool.stats();
    assert.deepEqual({ completed, failed, aborted }, { completed: 1, failed: 1, aborted: submitted - 2 });
  });

  test(`an abort stops the source and the running tasks of a map (${kind})`, async () => {
    const pool = new WorkerPool(2, workers.gate);
    const gate = freshGate();
    const source = recorded(Array(100).fill(gate), options);
    const controller = new AbortController();
    const mapped = pool.map(source, { signal: controller.signal });
    await atGate(gate);
    controller.abort('enough');
    await assert.rejects(mapped, { name: 'AbortError', code: 'ABORT_ERR', cause: 'enough' });
    assert.equal(source.returned, 1);
    assert.equal(getEventListeners(controller.signal, 'abort').length, 0);
    await pool.close();
    assert.equal(pool.stats().completed, 0);
  });
}

test('a map whose signal has already aborted does not open the source', async () => {
  const pool = new WorkerPool(1, workers.fib);
  const source = recorded(naturals());
  await assert.rejects(pool.map(source, { signal: AbortSignal.abort() }), { code: 'ABORT_ERR' });
  assert.equal(source.opened, 0);
  await pool.close();
});

test('a map leaves no listener on its signal after the last result', async () => {
  const pool = new WorkerPool(1, workers.fib);
  const { signal } = new AbortController();
  await pool.map([1, 2, 3], { signal });
  assert.equal(getEventListeners(signal, 'abort').length, 0);
  await pool.close();
});

test('an aborted map does not wait for a source whose next() never settles', async () => {
  const pool = new WorkerPool(1, workers.fib);
  let returned = 0;
  const source = {
    [Symbol.asyncIterator]: () => ({
      next: () => new Promise(() => {}),
      return: () => {
        returned++;
        return new Promise(() => {});
      },
    }),
  };
  const controller = new AbortController();
  const mapped = pool.map(source, { signal: controller.signal });
  controller.abort();
  await assert.rejects(mapped, { code: 'ABORT_ERR' });
  assert.equal(returned, 1);
  await pool.close();
});

/** Numbers of which the third takes for ever; they never return. */
const neverReturning = (symbol) => ({
  [symbol]: () => {
    let n = 0;
    const step = () => ({ done: false, value: n++ < 2 ? 1 : 78 });
    return {
      next: symbol === Symbol.iterator ? step : async () => step(),
      return: () => new Promise(() => {}),
    };
  },
});

for (const symbol of [Symbol.iterator, Symbol.asyncIterator]) {
  test(`an aborted map does not wait for a source whose return() never settles (${symbol.description})`, {
    skip: unlessNative,
  }, async () => {
    const pools = [new WorkerPool(1, workers.fib), new WorkerPool(1, workers.fib)];
    const { signal, abort } = abortable();
    const mapped = pools[0].map(neverReturning(symbol), { signal });
    const stream = pools[1].stream(neverReturning(symbol), { signal });
    assert.equal((await stream.next()).done, false);
    const next = stream.next().then(() => stream.next());
    const rejected = [mapped, next].map((promise) => assert.rejects(promise, { code: 'ABORT_ERR' }));
    abort();
    await Promise.all(rejected);
    assert.equal(getEventListeners(signal, 'abort').length, 0);
    for (const pool of pools) await pool.close();
  });

  test(`a failed map waits for the source to return, until an abort (${symbol.description})`, {
    skip: unlessNative,
  }, async () => {
    const pool = new WorkerPool(1, workers.fib);
    const { signal, abort } = abortable();
    const onProgress = () => {
      throw new Error('thrown');
    };
    const mapped = pool.map(neverReturning(symbol), { signal, onProgress });
    const rejected = assert.rejects(mapped, { message: 'thrown' });
    if (symbol === Symbol.asyncIterator) {
      let isSettled = false;
      mapped.catch(() => {
        isSettled = true;
      });
      while (pool.stats().aborted + pool.stats().failed === 0) await new Promise(setImmediate);
      assert.equal(isSettled, false);
      abort();
    }
    await rejected;
    assert.equal(getEventListeners(signal, 'abort').length, 0);
    await pool.close({ force: true });
  });
}

function abortable() {
  const controller = new AbortController();
  return { signal: controller.signal, abort: () => controller.abort() };
}

test('map rejects after the source has returned', async () => {
  const pool = new WorkerPool(1, workers.fib);
  let cleaned = false;
  async function* source() {
    try {
      yield 'bad';
      yield* naturals();
    } finally {
      await turn();
      cleaned = true;
    }
  }
  await assert.rejects(pool.map(source()), { message: 'Invalid n: bad' });
  assert.equal(cleaned, true);
  await pool.close();
});

for (const [what, source] of Object.entries({
  'a generator throws': function* () {
    yield 78;
    throw new Error('from the source');
  },
  'an async generator throws': async function* () {
    yield 78;
    throw new Error('from the source');
  },
  'a promise in an iterable rejects': () => [78, Promise.reject(new Error('from the source'))],
  'reading next of an iterator throws': () => ({
    [Symbol.iterator]: () => ({
      get next() {
        throw new Error('from the source');
      },
    }),
  }),
  'opening an iterable throws': () => ({
    [Symbol.iterator]() {
      throw new Error('from the source');
    },
  }),
})) {
  test(`an error in the source stops the running tasks of a map: ${what}`, async () => {
    const pool = new WorkerPool(1, workers.fib);
    await assert.rejects(pool.map(source()), { message: 'from the source' });
    await pool.close(); // which would wait for fib(78)
  });
}

test("an error of the source's return() does not hide the first error of a map", async () => {
  const pool = new WorkerPool(1, workers.fib);
  const source = {
    [Symbol.iterator]: () => ({
      next: () => ({ done: false, value: 'bad' }),
      return() {
        throw new Error('from return');
      },
    }),
  };
  await assert.rejects(pool.map(source), { message: 'Invalid n: bad' });
  await pool.close();
});

test('several maps wait for room in a pool with maxQueue', async () => {
  const pool = new WorkerPool(2, workers.fib, { maxQueue: 1 });
  const items = Array.from({ length: 200 }, (_, i) => i % 20);
  const maps = await Promise.all([pool.map(items), pool.map(recorded(items, { isAsync: true })), pool.map(items)]);
  for (const results of maps) {
    assert.deepEqual(
      results.map(({ n }) => n),
      items,
    );
  }
  assert.equal(pool.stats().refused, 0);
  await pool.close();
});

test('a map rejects when its pool closes', async () => {
  for (const maxQueue of [Infinity, 0]) {
    const pool = new WorkerPool(1, workers.fib, { maxQueue });
    const mapped = pool.map(naturals());
    const closed = pool.close();
    await assert.rejects(mapped, { code: 'ERR_POOL_CLOSED' });
    await closed;
  }
});

test('later errors of a failed map are not unhandled rejections', async () => {
  const unhandled = [];
  const note = (error) => unhandled.push(error);
  process.on('unhandledRejection', note);
  try {
    const pool = new WorkerPool(2, workers.fib);
    await assert.rejects(pool.map(Array(20).fill('bad')), { message: 'Invalid n: bad' });
    await pool.close();
    await turn();
    assert.deepEqual(unhandled, []);
  } finally {
    process.off('unhandledRejection', note);
  }
});

test('map works with a replaced global Promise', async () => {
  const pool = new WorkerPool(1, workers.fib);
  const { Promise: ours } = globalThis;
  async function* source() {
    yield { n: 7 };
    yield { n: 8 };
  }
  let results;
  globalThis.Promise = class extends ours {};
  try {
    results = Promise.all([pool.map(source()), pool.map([ours.resolve({ n: 9 })])]);
    while (pool.stats().submitted < 3) await null;
  } finally {
    globalThis.Promise = ours;
  }
  assert.deepEqual(
    (await results).flat().map(({ result }) => result),
    [13, 21, 34],
  );
  await pool.close();
});

test('a source of map whose steps are not objects causes the TypeError of for-of', async () => {
  const pool = new WorkerPool(1, workers.fib);
  for (const iterator of [Symbol.iterator, Symbol.asyncIterator]) {
    for (const step of [5, undefined, null]) {
      const items = { [iterator]: () => ({ next: () => step }) };
      await assert.rejects(pool.map(items), { name: 'TypeError', message: `Iterator result ${step} is not an object` });
    }
  }
  await pool.close();
});

test('a source that aborts the map during next() is asked to return afterwards', async () => {
  const pool = new WorkerPool(1, workers.fib);
  const controller = new AbortController();
  let cleaned = false;
  function* source() {
    try {
      yield 10;
      controller.abort();
      yield 10;
    } finally {
      cleaned = true;
    }
  }
  await assert.rejects(pool.map(source(), { signal: controller.signal }), { code: 'ABORT_ERR' });
  assert.equal(cleaned, true);
  await pool.close();
});

test('a source that aborts the map when it is opened is asked to return', async () => {
  const pool = new WorkerPool(1, workers.fib);
  const controller = new AbortController();
  let returned = 0;
  const items = {
    [Symbol.iterator]() {
      controller.abort();
      return { next: () => ({ done: false, value: 1 }), return: () => ({ done: true, value: returned++ }) };
    },
  };
  await assert.rejects(pool.map(items, { signal: controller.signal }), { code: 'ABORT_ERR' });
  assert.equal(returned, 1);
  await pool.close();
});

for (const [what, start] of Object.entries({
  map: (pool, items) => pool.map(items),
  stream: async (pool, items) => {
    const results = [];
    for await (const result of pool.stream(items)) results.push(result);
    return results;
  },
})) {
  test(`${what} keeps waiting for room when another task uses it`, async () => {
    const pool = new WorkerPool(1, workers.gate, { maxQueue: 1 });
    const [running, queued, item, another] = [freshGate(), freshGate(), freshGate(), freshGate()];
    const controller = new AbortController();
    const first = pool.run(running);
    const aborted = pool.run(queued, { signal: controller.signal }).catch(({ code }) => code);
    const results = start(pool, [item]);
    controller.abort(); // notifies the waiting map or stream
    const taker = pool.run(another); // takes the room before that resumes
    for (const gate of [running, another, item]) openGate(gate);
    assert.deepEqual(await Promise.all([first, aborted, taker, results]), [running, 'ABORT_ERR', another, [item]]);
    assert.equal(pool.stats().refused, 0);
    await pool.close();
  });
}

test('a map completes while another caller keeps submitting tasks to a pool without a queue', async () => {
  const pool = new WorkerPool(1, workers.fib, { maxQueue: 0 });
  const call = async (data) => await pool.run(data);
  let isDone = false;
  const greedy = async () => {
    while (!isDone) {
      try {
        await call(0);
      } catch {
        await turn();
      }
    }
  };
  const other = greedy();
  for (let round = 0; round < 20; round++) {
    const results = await pool.map([1, 2, 3]);
    assert.deepEqual(
      results.map(({ result }) => result),
      [1, 1, 2],
    );
  }
  isDone = true;
  await other;
  await pool.close();
});

test('a map that is aborted while it waits for room leaves no reservation', async () => {
  const pool = new WorkerPool(1, workers.gate, { maxQueue: 0 });
  const gate = freshGate();
  const running = pool.run(gate);
  for (let i = 0; i < 100; i++) {
    const controller = new AbortController();
    const mapped = pool.map([gate], { signal: controller.signal });
    controller.abort();
    await assert.rejects(mapped, { code: 'ABORT_ERR' });
  }
  let isReady = false;
  const ready = pool.ready().then(() => {
    isReady = true;
  });
  openGate(gate);
  await running;
  // The room is for this caller. If the maps before it still waited, each would take it for some turns.
  for (let turns = 0; turns < 20; turns++) await turn();
  assert.ok(isReady);
  await ready;
  assert.equal(await pool.run(gate), gate);
  await pool.close();
});

for (const method of ['map', 'stream']) {
  for (const force of [false, true]) {
    test(`a ${method} that waits for a source that yields nothing ends when the pool closes (force: ${force})`, async () => {
      const pool = new WorkerPool(1, workers.fib);
      let returned = 0;
      const source = {
        [Symbol.asyncIterator]: () => source,
        next: () => new Promise(() => {}),
        return() {
          returned++;
          return {};
        },
      };
      const pending = method === 'map' ? pool.map(source) : pool.stream(source).next();
      const rejected = assert.rejects(pending, { code: 'ERR_POOL_CLOSED' });
      await turn();
      await pool.close({ force });
      await rejected;
      assert.equal(returned, 1);
    });
  }
}
