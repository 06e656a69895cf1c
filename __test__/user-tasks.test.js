'use strict';

// Native tasks of users, from addons that are built on the SDK.

const { after, test } = require('node:test');
const assert = require('node:assert/strict');
const { createHash } = require('node:crypto');
const { setImmediate: turn } = require('node:timers/promises');
const { WorkerPool, native } = require('./support/build-with-test-workers');
const { addon, noC } = require('./support/addons');
const { until } = require('./support/until');

const tasks = addon('test-tasks');

const pool = new WorkerPool(2, { ...tasks, hash: 'native:hash' });
const run = pool.proxy();
after(() => pool.close());

/** Resolves when the given number of tasks have reached the gate. */
async function reached(count, { gate }) {
  while ((await gate(null)) < count) await turn();
}

test('a task runs as the only one of a pool, under the name that its addon gives it', async () => {
  const pool = new WorkerPool(1, tasks.number);
  assert.equal(pool.workerFile, 'number');
  assert.equal(await pool.run(7.5), 7.5);
  assert.equal(await pool.run(-0, { name: 'number' }), -0);
  assert.equal(await pool.proxy().number(Number.NaN), Number.NaN);
  await assert.rejects(pool.run(1, { name: 'nummer' }), {
    code: 'ERR_POOL_TASK_NOT_FOUND',
    message: 'There is no task nummer; did you mean number?',
  });
  await pool.close();
});

test('tasks of several addons and built-in ones run in one pool, under names of the caller', async () => {
  const { half, reverseText } = addon('test-napi-rs');
  const pool = new WorkerPool(2, { a: half, b: reverseText, c: tasks.text, sum: 'native:hash' });
  assert.equal(pool.workerFile, 'native');
  const { a, b, c, sum } = pool.proxy();
  const results = await Promise.all([a(5), b('abc'), c('xyz'), sum({ data: 'hello', algorithm: 'crc32' })]);
  assert.deepEqual(results, [2.5, 'cba', 'xyz', '3610a686']);
  await pool.close();
});

test('an addon of napi-rs has its functions beside its tasks', async () => {
  const { twice, half } = addon('test-napi-rs');
  assert.equal(twice(21), 42);
  const pool = new WorkerPool(1, half);
  assert.equal(await pool.run(42), 21);
  await pool.close();
});

test('map and stream run tasks', async () => {
  const options = { name: 'number' };
  assert.deepEqual(await pool.map([1, 2, 3], options), [1, 2, 3]);
  const streamed = [];
  for await (const result of pool.stream([4, 5], options)) streamed.push(result);
  assert.deepEqual(streamed, [4, 5]);
});

test('values of every kind arrive and come back', async () => {
  const values = [
    null,
    true,
    1.5,
    -0,
    2 ** 53,
    Number.POSITIVE_INFINITY,
    '',
    'ünïcode \u{1f600} \0',
    'x'.repeat(1e6),
    [],
    [1, 'a', [null, false]],
    {},
    { a: 1, 'ä b': { c: [{}] }, ['__proto__']: 2 },
    Buffer.from('bytes'),
    { list: [Buffer.alloc(0), Buffer.alloc(100_000, 3)] },
  ];
  for (const value of values) assert.deepEqual(await run.any(value), value);
  assert.equal(await run.any(undefined), null, 'an Option of serde is null');
  assert.equal(await run.nothing(undefined), undefined);
  assert.equal(await run.nothing(), undefined);
  assert.equal(await run.boolean(false), false);
});

test('bytes of every size and every view arrive and come back', async () => {
  for (const length of [0, 1, 4096, 4097, 2 ** 20, 5 * 2 ** 20]) {
    const bytes = Buffer.alloc(length, 'abc');
    const result = await run.bytes(bytes);
    assert.ok(Buffer.isBuffer(result));
    assert.equal(Buffer.compare(result, bytes), 0);
  }
  const { buffer } = new Uint8Array([1, 2, 3, 4, 5, 6, 7, 8]);
  for (const view of [buffer, new DataView(buffer), new Float64Array(buffer), new Uint8ClampedArray(buffer)]) {
    assert.deepEqual([...(await run.bytes(view))], [1, 2, 3, 4, 5, 6, 7, 8]);
  }
  assert.deepEqual([...(await run.bytes(new Uint16Array(buffer, 2, 2)))], [3, 4, 5, 6]);
  assert.deepEqual(await run.octets(new Uint8Array([1, 255])), [1, 255], 'a Vec<u8> is an array of numbers');
});

test('types of serde arrive and come back', async () => {
  for (const shape of ['empty', { circle: 2.5 }, { line: [1, 2] }, { box: { width: 1, height: 2 } }]) {
    assert.deepEqual(await run.shape(shape), shape);
  }
  const drawing = { title: 't', shapes: ['empty'], pixels: Buffer.from('px'), scale: 2 };
  assert.deepEqual(await run.drawing(drawing), drawing);
  const { scale, ...unscaled } = drawing;
  assert.deepEqual(await run.drawing({ ...unscaled, scale: undefined }), { ...unscaled, scale: null });
});

test('wrong data reject with an error that says where', async () => {
  const drawing = { title: 't', shapes: [], pixels: new Uint8Array(1) };
  for (const [name, data, message] of [
    ['number', 'secret', 'data must be a number; got a string'],
    ['number', undefined, 'data must be a number; got undefined'],
    ['integer', 2.5, 'data must be an integer (i64); got 2.5'],
    ['integer', 2 ** 60, 'data must be an integer (i64); got 1152921504606847000'],
    ['text', new Uint8Array(1), 'data must be a string; got bytes'],
    ['bytes', [1000], 'data must be bytes; got an array'],
    ['nothing', 5, 'data must be undefined; got 5'],
    ['bytes', 'text', 'data must be bytes; got a string'],
    ['octets', { a: 1 }, 'data must be an array; got an object'],
    ['octets', [1, 256], 'data[1] must be an integer (u8); got 256'],
    ['drawing', null, 'data must be an object; got null'],
    ['drawing', {}, 'data.title is required'],
    ['drawing', { ...drawing, tite: 1 }, 'data.tite is not a field; the fields are title, shapes, pixels, scale'],
    ['drawing', { ...drawing, scale: 'x' }, 'data.scale must be a number; got a string'],
    [
      'drawing',
      { ...drawing, shapes: ['empty', { circle: [] }] },
      'data.shapes[1].circle must be a number; got an array',
    ],
    ['shape', 'ellipse', 'data must be one of empty, circle, line, box; got "ellipse"'],
    ['shape', 'circle', 'data must be an object with the field circle; got a string'],
    ['shape', { box: 5 }, 'data.box must be an object; got a number'],
    ['shape', { line: [1, 2, 3] }, 'data.line must have length 2; got 3'],
    ['shape', 5, 'data must be one of empty, circle, line, box; got a number'],
  ]) {
    await assert.rejects(run[name](data), { name: 'TypeError', code: 'ERR_INVALID_ARG_VALUE', message });
  }
});

test('data that native tasks do not have reject before they are copied', async () => {
  const circular = {};
  circular.self = circular;
  for (const data of [1n, Symbol('s'), () => {}, new Date(), new Map(), circular]) {
    await assert.rejects(run.any(data), { name: 'TypeError', code: 'ERR_INVALID_ARG_VALUE' });
  }
});

test('results that JavaScript does not have reject with an error that says where', async () => {
  await assert.rejects(run.impossible(true), {
    name: 'TypeError',
    code: 'ERR_INVALID_RETURN_VALUE',
    message: 'result[0] cannot be 18446744073709551615: integers of JavaScript are exact up to 2^53 - 1',
  });
  await assert.rejects(run.impossible(false), { message: /^result\[1\]\.low cannot be -9223372036854775808:/ });
});

test('a failure has its class, code, message and details, and the instance goes on', async () => {
  await assert.rejects(
    run.failing({ message: 'too large', class: 'RangeError', code: 'E_X', details: { limit: 7.5, at: [1, 'a'] } }),
    (error) => {
      assert.ok(error instanceof RangeError);
      const { code, limit, at, message } = error;
      assert.deepEqual({ code, limit, at, message }, { code: 'E_X', limit: 7.5, at: [1, 'a'], message: 'too large' });
      return true;
    },
  );
  await assert.rejects(run.failing({ message: '', class: 'NoSuchError' }), (error) => {
    assert.deepEqual([error.constructor, error.message, 'code' in error], [Error, '', false]);
    return true;
  });
});

test("codes of the pool's own are removed from failures", async () => {
  const pool = new WorkerPool(1, tasks.failing);
  pool.on('crash', () => assert.fail('a failure is no crash'));
  await assert.rejects(pool.run({ message: 'no crash', code: 'ERR_POOL_CRASH' }), ({ code }) => code === undefined);
  const details = { code: 'ERR_POOL_CLOSED', limit: 1 };
  await assert.rejects(pool.run({ message: 'not closed', code: 'E_OWN', details }), { code: 'E_OWN', limit: 1 });
  await pool.close();
});

test('each thread has its own instance, made with its first task and dropped on the thread', async () => {
  const pool = new WorkerPool(1, { counting: tasks.counting, instances: tasks.instances });
  const { counting, instances } = pool.proxy();
  assert.equal(await instances(), 0, 'made lazily');
  assert.deepEqual([await counting(''), await counting(''), await counting('')], [1, 2, 3]);
  assert.equal(await instances(), 1);
  await pool.close();
  const other = new WorkerPool(1, tasks.instances);
  assert.equal(await other.run(), 0, 'dropped, on its thread');
  await other.close();
});

test('a thread that ends because it is idle drops its instance', async () => {
  const pool = new WorkerPool(1, tasks.counting, { minSize: 0, idleTimeout: 0 });
  assert.equal(await pool.run(''), 1);
  await until(async () => (await run.instances()) === 0);
  assert.equal(await pool.run(''), 1, 'the next thread makes a new instance');
  await pool.close();
});

test('a queued task is aborted, and a running one stops', async () => {
  const pool = new WorkerPool(1, { waiting: tasks.waiting, number: tasks.number });
  const { waiting, number } = pool.proxy();
  const [first, second] = [new AbortController(), new AbortController()];
  const all = [waiting({ deaf: false }, { signal: first.signal }), number(1, { signal: second.signal }), number(2)];
  second.abort(); // before the thread is free to start that task
  first.abort();
  const [running, queued, other] = await Promise.allSettled(all);
  assert.deepEqual([running.reason.code, queued.reason.code, other.value], ['ABORT_ERR', 'ABORT_ERR', 2]);
  await pool.close();
});

test('a task is stopped by its timeout, and not started after its queueTimeout', async () => {
  const pool = new WorkerPool(1, tasks.waiting);
  const running = pool.run({ deaf: false }, { timeout: 20 });
  await assert.rejects(pool.run({ deaf: false }, { queueTimeout: 0 }), { code: 'ERR_POOL_QUEUE_TIMEOUT' });
  await assert.rejects(running, { code: 'ERR_POOL_TIMEOUT' });
  await pool.close();
});

test('tasks start in the order of their priority', async () => {
  const pool = new WorkerPool(1, { waiting: tasks.waiting, number: tasks.number });
  const opener = new WorkerPool(1, tasks.gate);
  await opener.run(false);
  const { waiting, number } = pool.proxy();
  const first = waiting({ deaf: false });
  const order = [];
  const queued = [0, 2, 1].map((priority) => number(priority, { priority }).then((value) => order.push(value)));
  await opener.run(true);
  await Promise.all([first, ...queued]);
  assert.deepEqual(order, [2, 1, 0]);
  await opener.run(false);
  await Promise.all([pool.close(), opener.close()]);
});

test('progress is delivered in order, the last report before the result', async () => {
  const reports = [];
  assert.equal(await run.reporting(1000, { onProgress: (progress) => reports.push(progress) }), 1000);
  assert.deepEqual(reports.at(0), { done: 1, total: 1000 });
  assert.deepEqual(reports.at(-1), { done: 1000, total: 1000 });
  const unknown = [];
  await run.reporting(3, { onProgress: (progress) => unknown.push(progress) });
  assert.deepEqual(unknown.at(-1), { done: 3, total: undefined });
});

test('transferred buffers are detached, and memory of the pool moves without a copy', async () => {
  const bytes = new Uint8Array([1, 2, 3]);
  const task = run.bytes(bytes, { transfer: [bytes.buffer] });
  assert.equal(bytes.length, 0);
  assert.deepEqual([...(await task)], [1, 2, 3]);

  const pool = new WorkerPool(1, tasks.address);
  const ours = WorkerPool.allocate(2 ** 20);
  const there = native.addressOf(ours.buffer);
  const moved = pool.run(ours.subarray(4096), { transfer: [ours.buffer] });
  assert.equal(ours.length, 0);
  assert.equal(await moved, there + 4096);
  await pool.close();
});

test('a result moves to the next task', async () => {
  const first = await run.bytes(Buffer.alloc(5 * 2 ** 20, 'abc'));
  const expected = createHash('sha256').update(first).digest('hex');
  const hashed = run.hash({ data: first }, { transfer: [first.buffer] });
  assert.equal(first.length, 0);
  assert.equal(await hashed, expected);
});

test('data of waiting tasks count against maxQueueBytes', async () => {
  const pool = new WorkerPool(1, { waiting: tasks.waiting, bytes: tasks.bytes }, { maxQueueBytes: 1000 });
  const { waiting, bytes } = pool.proxy();
  const abort = new AbortController();
  const running = waiting({ deaf: false }, { signal: abort.signal });
  const queued = bytes(Buffer.alloc(600));
  assert.equal(pool.stats().queuedBytes, 600);
  await assert.rejects(bytes(Buffer.alloc(600)), { code: 'ERR_POOL_QUEUE_FULL' });
  abort.abort();
  await assert.rejects(running, { code: 'ABORT_ERR' });
  assert.equal((await queued).length, 600);
  await pool.close();
});

test('a pool closes gracefully and by force', async () => {
  const graceful = new WorkerPool(1, { waiting: tasks.waiting, gate: tasks.gate });
  const opener = new WorkerPool(1, tasks.gate);
  const before = await opener.run(false);
  const waits = graceful.run({ deaf: false }, { name: 'waiting' });
  await reached(before + 1, opener.proxy());
  const closed = graceful.close();
  await opener.run(true);
  assert.equal(await waits, 'passed');
  await closed;
  await opener.run(false);

  const forced = new WorkerPool(1, tasks.waiting);
  const given = forced.run({ deaf: false });
  const rejected = assert.rejects(given, { code: 'ERR_POOL_CLOSED' });
  await forced.close({ force: true });
  await rejected;
  await opener.close();
});

test('the task of the example smooths bytes', async () => {
  const pool = new WorkerPool(2, addon('my-task').myTask);
  const data = Uint8Array.from({ length: 200_000 }, (_, i) => (i * 37) % 256);
  for (const radius of [0, 1, 1000]) {
    const smooth = await pool.run({ data, radius });
    for (const at of [0, 1, 99_999, data.length - 1]) {
      const around = data.subarray(Math.max(0, at - radius), at + radius + 1);
      assert.equal(smooth[at], Math.floor(around.reduce((sum, byte) => sum + byte, 0) / around.length));
    }
  }
  assert.deepEqual([...(await pool.run({ data: new Uint8Array(0), radius: 5 }))], []);
  await pool.close();
});

test('a task in C runs, fails, reports and is aborted', { skip: noC }, async () => {
  const pool = new WorkerPool(1, addon('sum').sum);
  assert.equal(pool.workerFile, 'sum');
  const reports = [];
  const sum = await pool.run(new Uint8Array(300_000).fill(2), { onProgress: (progress) => reports.push(progress) });
  assert.equal(sum, 600_000);
  assert.deepEqual(reports[0], { done: 0, total: 300_000 });
  await assert.rejects(pool.run('text'), { name: 'Error', message: 'data must be bytes' });
  await assert.rejects(pool.run(new Uint8Array(1e8), { timeout: 1 }), { code: 'ERR_POOL_TIMEOUT' });
  await pool.close();
});
