'use strict';

const { test } = require('node:test');
const assert = require('node:assert/strict');
const { createHook } = require('node:async_hooks');
const { createHash } = require('node:crypto');
const { once } = require('node:events');
const { MessageChannel } = require('node:worker_threads');
const { WorkerPool, freshGate, openGate } = require('./support/build-with-test-workers');
const { bytesOf } = require('./support/bytes');
const { fileOf } = require('./support/files');

const sha256 = (data) => createHash('sha256').update(data).digest('hex');

/** A view with an ArrayBuffer of its own. */
const fresh = (length = 64, seed = 'moved') => Uint8Array.from(bytesOf(seed, length));

/** Runs a test with a pool that hashes. */
const withPool = (run) => async () => {
  const pool = new WorkerPool(1, 'native:hash');
  try {
    await run(pool);
  } finally {
    await pool.close();
  }
};

test(
  'a buffer of the transfer list is detached when run returns, and the task has its bytes',
  withPool(async (pool) => {
    for (const length of [1, 64, 5000, 5_000_000]) {
      const data = fresh(length);
      const expected = sha256(data);
      const task = pool.run({ data }, { transfer: [data.buffer] });
      assert.equal(data.length, 0);
      assert.equal(data.buffer.byteLength, 0);
      assert.equal(await task, expected);
    }
  }),
);

test(
  'a transferred buffer whose view shows a part is hashed in part and detached as a whole',
  withPool(async (pool) => {
    const whole = fresh(1000);
    const part = whole.subarray(100, 200);
    const expected = sha256(part);
    const task = pool.run({ data: part }, { transfer: [whole.buffer] });
    assert.equal(whole.length, 0);
    assert.equal(await task, expected);
  }),
);

test(
  'data and key may be in the same buffer, and in several of a list',
  withPool(async (pool) => {
    const both = fresh(200);
    const expected = await pool.run({ data: both.slice(0, 100), key: both.slice(100) });
    assert.equal(await pool.run({ data: both.slice(0, 100), key: both.slice(100) }), expected);
    const views = { data: both.subarray(0, 100), key: both.subarray(100) };
    const separate = { data: both.slice(0, 100), key: both.slice(100) };
    assert.equal(await pool.run(views, { transfer: [both.buffer] }), expected);
    const transfer = [separate.data.buffer, separate.key.buffer];
    assert.equal(await pool.run(separate, { transfer }), expected);
    assert.deepEqual([both.length, separate.data.length, separate.key.length], [0, 0, 0]);
  }),
);

test(
  'a listed buffer that is not in the data is detached',
  withPool(async (pool) => {
    const other = fresh();
    const task = pool.run({ data: 'x' }, { transfer: [other.buffer] });
    assert.equal(other.length, 0);
    assert.equal(await task, sha256('x'));
  }),
);

test(
  'resizable buffers and buffers of length 0 are transferred',
  withPool(async (pool) => {
    const resizable = new ArrayBuffer(10, { maxByteLength: 100 });
    const task = pool.run({ data: resizable }, { transfer: [resizable] });
    assert.throws(() => resizable.resize(20), TypeError);
    assert.equal(await task, sha256(Buffer.alloc(10)));
    const empty = new ArrayBuffer(0);
    assert.equal(await pool.run({ data: empty }, { transfer: [empty] }), sha256(''));
    assert.throws(() => new Uint8Array(empty), TypeError);
  }),
);

/** The error of structuredClone for a transfer list. */
function errorOf(transfer) {
  try {
    structuredClone(undefined, { transfer });
  } catch (error) {
    return error;
  }
  throw new Error('structuredClone accepts it');
}

test(
  'a list that structuredClone refuses rejects with its error, and nothing is detached',
  withPool(async (pool) => {
    const { port1: closed } = new MessageChannel();
    structuredClone(undefined, { transfer: [closed] });
    const twice = fresh();
    const makers = [
      () => [twice.buffer, twice.buffer],
      () => [5],
      () => ['text'],
      () => [{}],
      () => [null],
      () => [fresh()],
      () => [new SharedArrayBuffer(8)],
      () => [closed],
    ];
    for (const make of makers) {
      const { name, code } = errorOf(make());
      const data = fresh();
      const transfer = [data.buffer, ...make()];
      await assert.rejects(pool.run({ data }, { transfer }), { name, code });
      assert.equal(data.length, 64, 'kept');
    }
    assert.equal(twice.length, 64);
    // Not all versions of Node.js refuse this.
    const detached = new ArrayBuffer(8);
    structuredClone(undefined, { transfer: [detached] });
    const data = fresh();
    await assert.rejects(pool.run({ data }, { transfer: [data.buffer, detached] }), { name: 'DataCloneError' });
    assert.equal(data.length, 64);
    const { failed, submitted } = pool.stats();
    assert.deepEqual({ failed, submitted }, { failed: makers.length + 1, submitted: makers.length + 1 });
  }),
);

test(
  'a detached buffer in the data rejects with DataCloneError',
  withPool(async (pool) => {
    const data = fresh();
    structuredClone(undefined, { transfer: [data.buffer] });
    for (const detached of [data, data.buffer, new DataView(new ArrayBuffer(0))]) {
      if (detached instanceof DataView) structuredClone(undefined, { transfer: [detached.buffer] });
      await assert.rejects(pool.run({ data: detached }), { name: 'DataCloneError' });
      await assert.rejects(pool.run({ data: '', key: detached }), { name: 'DataCloneError' });
    }
  }),
);

test('a task with bad data, a task that is refused, and one of a closed pool keep their buffers', async () => {
  const pool = new WorkerPool(1, { report: 'native:test-report', hash: 'native:hash' }, { maxQueue: 0 });
  const data = fresh();
  const options = { name: 'hash', transfer: [data.buffer] };
  await assert.rejects(pool.run({ data, algorithm: 'none' }, options), { code: 'ERR_OUT_OF_RANGE' });
  await assert.rejects(pool.run({ data }, { ...options, name: 'none' }), { code: 'ERR_POOL_TASK_NOT_FOUND' });
  await assert.rejects(pool.run({ data }, { ...options, timeout: -1 }), { code: 'ERR_OUT_OF_RANGE' });
  await assert.rejects(pool.run({ data }, { ...options, signal: AbortSignal.abort() }), { code: 'ABORT_ERR' });
  const gate = freshGate();
  const running = pool.run([0, gate], { name: 'report' });
  await assert.rejects(pool.run({ data }, options), { code: 'ERR_POOL_QUEUE_FULL' });
  openGate(gate);
  await running;
  assert.equal(data.length, 64);
  await pool.close();
  await assert.rejects(pool.run({ data }, options), { code: 'ERR_POOL_CLOSED' });
  assert.equal(data.length, 64);
});

test('data whose buffer is detached or shrunk by code that runs within run rejects with DataCloneError', async () => {
  const pool = new WorkerPool(1, 'native:hash');
  const detach = (buffer) => structuredClone(undefined, { transfer: [buffer] });
  const signalThat = (act) => ({ aborted: false, addEventListener: act, removeEventListener() {} });
  const cases = {
    'by addEventListener': (bytes) => pool.run({ data: bytes }, { signal: signalThat(() => detach(bytes.buffer)) }),
    'by addEventListener, transferred': (bytes) =>
      pool.run({ data: bytes }, { transfer: [bytes.buffer], signal: signalThat(() => detach(bytes.buffer)) }),
    'by a hook': (bytes) => {
      const hook = createHook({
        init(_id, type) {
          if (type !== 'PROMISE') return;
          hook.disable();
          detach(bytes.buffer);
        },
      }).enable();
      return pool.run({ data: bytes }).finally(() => hook.disable());
    },
    'by a getter of a later field': (bytes) =>
      pool.run({
        data: bytes,
        get algorithm() {
          detach(bytes.buffer);
          return 'sha1';
        },
      }),
  };
  for (const [how, run] of Object.entries(cases)) {
    await assert.rejects(run(Uint8Array.of(97, 98)), { name: 'DataCloneError' }, how);
  }
  const buffer = new ArrayBuffer(4, { maxByteLength: 8 });
  const bytes = new Uint8Array(buffer, 0, 4);
  const shrinks = pool.run({ data: bytes }, { signal: signalThat(() => buffer.resize(2)) });
  await assert.rejects(shrinks, { name: 'DataCloneError' });
  await pool.close();
});

test('memory of the addon that a nested run moves belongs to that run alone', async () => {
  const pool = new WorkerPool(1, 'native:hash');
  const bytes = WorkerPool.allocate(4).fill(97);
  const options = { transfer: [bytes.buffer] };
  let inner;
  const signal = {
    aborted: false,
    addEventListener: () => {
      inner = pool.run({ data: bytes, algorithm: 'crc32' }, options);
    },
    removeEventListener() {},
  };
  await assert.rejects(pool.run({ data: bytes }, { ...options, signal }), { name: 'DataCloneError' });
  assert.equal(await inner, 'ad98e545');
  await pool.close();
});

test('a result of every size is detached when it is transferred to the next task', async () => {
  const pool = new WorkerPool(1, 'native:test-value');
  for (const size of [0, 1, 4096, 4097, 2 ** 20, 4 * 2 ** 20 - 1, 4 * 2 ** 20, 20 * 2 ** 20]) {
    const bytes = fresh(size);
    const [result] = await pool.run([bytes]);
    const part = result.subarray(size >> 1);
    const task = pool.run([result, part, 'more'], { transfer: [result.buffer] });
    assert.deepEqual([result.length, part.length, result.buffer.byteLength], [0, 0, 0]);
    const [again, half] = await task;
    assert.equal(Buffer.compare(again, bytes), 0);
    assert.equal(Buffer.compare(half, bytes.subarray(size >> 1)), 0);
    assert.throws(() => result.buffer.slice(0), TypeError);
    await assert.rejects(pool.run([result]), { name: 'DataCloneError' });
  }
  await pool.close();
});

test('allocate makes zeros that move to a task, and the task has the bytes that were written', async () => {
  const pool = new WorkerPool(2, { value: 'native:test-value', hash: 'native:hash' });
  for (const size of [0, 1, 100, 5000, 5 * 2 ** 20]) {
    const bytes = WorkerPool.allocate(size);
    assert.ok(bytes instanceof Uint8Array);
    assert.deepEqual([bytes.length, bytes.byteOffset, bytes.buffer.byteLength], [size, 0, size]);
    assert.ok(bytes.every((byte) => byte === 0));
    bytes.set(fresh(size));
    const copy = await pool.run([bytes], { name: 'value' });
    assert.equal(Buffer.compare(copy[0], fresh(size)), 0);
    assert.equal(bytes.length, size, 'it is copied without transfer');
    const data = bytes.subarray(size >> 2, size >> 1);
    const expected = sha256(data);
    const task = pool.run({ data }, { name: 'hash', transfer: [bytes.buffer] });
    assert.throws(() => new Uint8Array(bytes.buffer), TypeError, 'the buffer is detached');
    assert.equal(bytes.length, 0);
    assert.equal(await task, expected);
  }
  await pool.close();
});

test('a block that is not in the data of its task, and one of a refused task', async () => {
  const pool = new WorkerPool(1, 'native:hash');
  const [unused, kept] = [WorkerPool.allocate(100), WorkerPool.allocate(100)];
  assert.equal(await pool.run({ data: 'x' }, { transfer: [unused.buffer] }), sha256('x'));
  assert.equal(unused.length, 0);
  const bad = pool.run({ data: kept, unknown: 1 }, { transfer: [kept.buffer] });
  await assert.rejects(bad, { code: 'ERR_INVALID_ARG_VALUE' });
  assert.equal(kept.length, 100);
  await assert.rejects(pool.run({ data: kept }, { transfer: [kept.buffer, kept.buffer] }), { name: 'DataCloneError' });
  assert.equal(kept.length, 100);
  await pool.close();
  await assert.rejects(pool.run({ data: kept }, { transfer: [kept.buffer] }), { code: 'ERR_POOL_CLOSED' });
  assert.equal(kept.length, 100);
});

test('allocate refuses what is no number of bytes, and what the system does not have', () => {
  for (const bytes of [-1, 1.5, NaN, Infinity, 2 ** 53]) {
    assert.throws(() => WorkerPool.allocate(bytes), { name: 'RangeError' }, String(bytes));
  }
  for (const bytes of [undefined, null, '5', {}, 5n]) {
    assert.throws(() => WorkerPool.allocate(bytes), { name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE' });
  }
  assert.throws(() => WorkerPool.allocate(2 ** 50), { code: /^ERR_/ });
});

test(
  'the result of a task can be transferred to the next',
  withPool(async (pool) => {
    let data = Buffer.from('start');
    for (let i = 0; i < 100; i++) {
      const expected = createHash('sha512').update(data).digest();
      const transfer = i === 0 ? [] : [data.buffer];
      const next = await pool.run({ data, algorithm: 'sha512', encoding: 'buffer' }, { transfer });
      assert.deepEqual(next, expected);
      assert.equal(data.length, i === 0 ? 5 : 0);
      data = next;
    }
  }),
);

test(
  'a port of the list is moved away, as by structuredClone',
  withPool(async (pool) => {
    const { port1, port2 } = new MessageChannel();
    const closed = once(port2, 'close');
    assert.equal(await pool.run({ data: 'x' }, { transfer: [port1] }), sha256('x'));
    assert.throws(() => structuredClone(undefined, { transfer: [port1] }), { name: 'DataCloneError' });
    port2.close();
    await closed;
  }),
);

test(
  'memory of WebAssembly, which cannot be detached, does not keep other buffers from being detached',
  withPool(async (pool) => {
    const memory = new WebAssembly.Memory({ initial: 1 });
    const other = fresh();
    const data = new Uint8Array(memory.buffer, 0, 10);
    const task = pool.run({ data }, { transfer: [memory.buffer, other.buffer] });
    assert.equal(other.length, 0);
    assert.equal(memory.buffer.byteLength, 65_536);
    assert.equal(await task, sha256(Buffer.alloc(10)));
  }),
);

test(
  'a transfer list that is no array is refused',
  withPool(async (pool) => {
    for (const transfer of [5, 'x', fresh().buffer]) {
      await assert.rejects(pool.run({ data: '' }, { transfer }), { code: 'ERR_INVALID_ARG_TYPE' });
    }
  }),
);

test('a buffer from allocate is copied to a worker file and detached when it is transferred', async (t) => {
  const pool = new WorkerPool(1, fileOf(t, 'module.exports = ({ bytes }) => bytes.length + bytes[7];'));
  t.after(() => pool.close());
  const bytes = WorkerPool.allocate(1000);
  bytes[7] = 5;
  const plain = new Uint8Array(10);
  const task = pool.run({ bytes, plain }, { transfer: [bytes.buffer, plain.buffer] });
  assert.deepEqual([await task, bytes.length, plain.length], [1005, 0, 0]);

  const again = WorkerPool.allocate(1000);
  await assert.rejects(pool.run({ bytes: again }, { transfer: [again.buffer, again.buffer] }), {
    name: 'DataCloneError',
  });
  assert.equal(again.length, 1000);
  assert.equal(await pool.run({ bytes: again }), 1000);
});
