'use strict';

const { test } = require('node:test');
const assert = require('node:assert/strict');
const { getEventListeners } = require('node:events');
const { setImmediate: turn } = require('node:timers/promises');
const { WorkerPool, freshGate, openGate, atGate, workers } = require('./support/kinds');
const { naturals, recorded } = require('./support/source');

/** Items in flight for each worker; see lib/iterate/bounded-pull.js. */
const PER_WORKER = 4;

const kinds = { iterable: { isAsync: false }, 'async iterable': { isAsync: true } };
const END = { done: true, value: undefined };

async function gather(stream) {
  const results = [];
  for await (const result of stream) results.push(result);
  return results;
}

for (const [kind, options] of Object.entries(kinds)) {
  test(`a stream yields the results in the order of the items (${kind})`, async () => {
    const pool = new WorkerPool(3, workers.fib);
    const items = Array.from({ length: 300 }, (_, i) => i % 25);
    const results = await gather(pool.stream(recorded(items, options)));
    assert.deepEqual(
      results.map(({ n }) => n),
      items,
    );
    await pool.close();
  });

  test(`a stream with ordered: false yields the results as they arrive (${kind})`, async () => {
    const pool = new WorkerPool(2, workers.gate);
    const [first, second, third] = Array.from({ length: 3 }, freshGate);
    const stream = pool.stream(recorded([first, second, third], options), { ordered: false });
    const next = stream.next();
    openGate(second);
    assert.deepEqual(await next, { done: false, value: second });
    openGate(third);
    assert.deepEqual(await stream.next(), { done: false, value: third });
    openGate(first);
    assert.deepEqual(await stream.next(), { done: false, value: first });
    assert.deepEqual(await stream.next(), END);
    await pool.close();
  });

  for (const ordered of [true, false]) {
    test(`a stream pulls items as results are consumed, a bounded number ahead (${kind}, ordered: ${ordered})`, async () => {
      const pool = new WorkerPool(2, workers.fib);
      const source = recorded(naturals(), options);
      const stream = pool.stream(source, { ordered });
      await turn();
      assert.equal(source.opened, 0, 'nothing before the first next()');
      for (let taken = 1; taken <= 20; taken++) {
        await stream.next();
        while (pool.idle.length < 2) await turn();
        // What each worker has done before these is delivered before them.
        await Promise.all([pool.run(1), pool.run(1)]);
        await turn();
        assert.equal(source.pulled, taken + 2 * PER_WORKER);
      }
      await stream.return();
      await pool.close();
    });

    test(`leaving a stream stops its source and its running tasks (${kind}, ordered: ${ordered})`, async () => {
      const pool = new WorkerPool(2, workers.fib);
      const items = (function* () {
        yield 10;
        for (;;) yield 78;
      })();
      const source = recorded(items, options);
      for await (const { n } of pool.stream(source, { ordered })) {
        assert.equal(n, 10);
        break;
      }
      assert.equal(source.returned, 1);
      await pool.close(); // which would wait for those that compute fib(78)
      assert.equal(pool.stats().completed, 1);
    });

    test(`an error of a task ends the stream (${kind}, ordered: ${ordered})`, async () => {
      const pool = new WorkerPool(1, workers.fib);
      const items = (function* () {
        yield* [10, 'bad'];
        for (;;) yield 78;
      })();
      const source = recorded(items, options);
      const stream = pool.stream(source, { ordered });
      assert.equal((await stream.next()).value.n, 10);
      await assert.rejects(stream.next(), { message: 'Invalid n: bad' });
      assert.deepEqual(await stream.next(), END);
      assert.equal(source.returned, 1);
      await pool.close();
    });

    test(`an abort ends the stream (${kind}, ordered: ${ordered})`, async () => {
      const pool = new WorkerPool(2, workers.gate);
      const gate = freshGate();
      const source = recorded(Array(100).fill(gate), options);
      const controller = new AbortController();
      const stream = pool.stream(source, { ordered, signal: controller.signal });
      const next = stream.next();
      await atGate(gate);
      controller.abort('enough');
      await assert.rejects(next, { name: 'AbortError', code: 'ABORT_ERR', cause: 'enough' });
      assert.deepEqual(await stream.next(), END);
      assert.equal(source.returned, 1);
      assert.equal(getEventListeners(controller.signal, 'abort').length, 0);
      await pool.close();
    });
  }
}

test('a stream ends with its source, including an empty one', async () => {
  const pool = new WorkerPool(1, workers.fib);
  assert.deepEqual(await gather(pool.stream([])), []);
  const stream = pool.stream([1]);
  await stream.next();
  assert.deepEqual(await stream.next(), END);
  assert.deepEqual(await stream.next(), END);
  await pool.close();
});

test('concurrent calls of stream.next settle in call order', async () => {
  const pool = new WorkerPool(2, workers.fib);
  const stream = pool.stream([1, 2, 3]);
  const steps = await Promise.all([1, 2, 3, 4, 5].map(() => stream.next()));
  assert.deepEqual(
    steps.map(({ done, value }) => (done ? 'end' : value.n)),
    [1, 2, 3, 'end', 'end'],
  );
  await pool.close();
});

test('stream.return settles pending calls of next, and resolves with its argument', async () => {
  const pool = new WorkerPool(1, workers.fib);
  const stream = pool.stream([78, 78]);
  const waiting = [stream.next(), stream.next()];
  assert.deepEqual(await stream.return(7), { done: true, value: 7 });
  assert.deepEqual(await Promise.all(waiting), [END, END]);
  await pool.close();
});

test('a stream that is left before the first next does not open the source', async () => {
  const pool = new WorkerPool(1, workers.fib);
  const source = recorded(naturals());
  const stream = pool.stream(source);
  await stream.return();
  assert.deepEqual(await stream.next(), END);
  assert.equal(source.opened, 0);
  await pool.close();
});

test('a stream whose signal aborted before the first next does not open the source', async () => {
  const pool = new WorkerPool(1, workers.fib);
  const source = recorded(naturals());
  const stream = pool.stream(source, { signal: AbortSignal.abort('early') });
  await assert.rejects(stream.next(), { code: 'ABORT_ERR', cause: 'early' });
  assert.deepEqual(await stream.next(), END);
  assert.equal(source.opened, 0);
  await pool.close();
});

test('an abort between two calls of stream.next rejects the later one', async () => {
  const pool = new WorkerPool(1, workers.fib);
  const controller = new AbortController();
  const stream = pool.stream(naturals(), { signal: controller.signal });
  await stream.next();
  controller.abort();
  await turn();
  await assert.rejects(stream.next(), { code: 'ABORT_ERR' });
  assert.deepEqual(await stream.next(), END);
  await pool.close();
});

test('a stream that was left after an abort reports no error', async () => {
  const pool = new WorkerPool(1, workers.fib);
  const controller = new AbortController();
  const stream = pool.stream(naturals(), { signal: controller.signal });
  await stream.next();
  controller.abort();
  await stream.return();
  assert.deepEqual(await stream.next(), END);
  await pool.close();
});

test('an error in the source ends the stream without a call of its return()', async () => {
  const pool = new WorkerPool(1, workers.fib);
  let returned = 0;
  const source = {
    [Symbol.asyncIterator]: () => ({
      next: async () => {
        throw new Error('from the source');
      },
      return: () => {
        returned++;
      },
    }),
  };
  await assert.rejects(gather(pool.stream(source)), { message: 'from the source' });
  assert.equal(returned, 0);
  await pool.close();
});

test('a stream is disposed of at the end of an await using block', async () => {
  const pool = new WorkerPool(1, workers.fib);
  const source = recorded(naturals());
  const stream = pool.stream(source);
  await stream.next();
  await stream[Symbol.asyncDispose]();
  assert.equal(source.returned, 1);
  assert.deepEqual(await stream.next(), END);
  await pool.close();
});

test('closing the pool ends the stream', async () => {
  for (const maxQueue of [Infinity, 0]) {
    const pool = new WorkerPool(1, workers.fib, { maxQueue });
    const results = gather(pool.stream(naturals()));
    await turn();
    const closed = pool.close({ force: true });
    await assert.rejects(results, { code: 'ERR_POOL_CLOSED' });
    await closed;
  }
});

test('several streams share a pool with maxQueue', async () => {
  const pool = new WorkerPool(2, workers.fib, { maxQueue: 1 });
  const items = Array.from({ length: 200 }, (_, i) => i % 20);
  const streams = [true, false, true].map((ordered) => gather(pool.stream(items, { ordered })));
  for (const results of await Promise.all(streams)) assert.equal(results.length, 200);
  assert.equal(pool.stats().refused, 0);
  await pool.close();
});
