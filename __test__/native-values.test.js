'use strict';

// `native:test-value` of the test build answers a list with itself, so each value crosses in both directions.

const { test, before, after } = require('node:test');
const assert = require('node:assert/strict');
const { WorkerPool } = require('./support/build-with-test-workers');
const { bytesOf } = require('./support/bytes');
const { scale } = require('./support/scale');

let pool;

before(() => {
  pool = new WorkerPool(2, 'native:test-value');
});

after(async () => {
  assert.equal(pool.stats().crashes, 0);
  await pool.close();
});

/** The value after its way to a Rust thread and back. */
const crossed = async (value) => (await pool.run([value]))[0];

test('undefined, null, booleans and numbers arrive as they are', async () => {
  const numbers = [0, -0, 1, -1, 1.5, 2 ** 31, -(2 ** 31), 2 ** 53, 5e-324, Number.MAX_VALUE, NaN, Infinity, -Infinity];
  const values = [undefined, null, true, false, ...numbers];
  assert.deepEqual(await pool.run(values), values);
  for (const value of values) assert.ok(Object.is(await crossed(value), value), String(value));
});

test('strings arrive as they are, short and long, of ASCII and of anything else', async () => {
  const parts = ['a', 'é', '日', '🦀', '\0', '\n', '\u2028', '\x7f', '\x80', 'ÿ', '\uffff'];
  const texts = ['', ...parts, parts.join('').repeat(100)];
  for (const length of [1, 4095, 4096, 4097, 2 ** 20]) for (const part of parts) texts.push(part.repeat(length));
  for (const [i, text] of (await pool.map(texts.map((text) => [text]))).entries()) {
    assert.ok(text[0] === texts[i], `${escape(texts[i].slice(0, 2))} of ${texts[i].length}`);
  }
});

test('a lone surrogate becomes U+FFFD', async () => {
  for (const text of ['\ud800', '\udfff', 'a\ud83eb', '\udd80\ud83e', `${'\ud83e'.repeat(5000)}`]) {
    assert.equal(await crossed(text), Buffer.from(text).toString(), escape(text.slice(0, 5)));
  }
});

const SIZES = [
  0,
  1,
  255,
  4095,
  4096,
  4097,
  65_536,
  2 ** 20,
  4 * 2 ** 20 - 1,
  4 * 2 ** 20,
  4 * 2 ** 20 + 1,
  20 * 2 ** 20,
];

test('bytes of every size arrive as a Buffer with an ArrayBuffer of its own', async () => {
  for (const size of SIZES) {
    const bytes = bytesOf('value', size);
    const result = await crossed(bytes);
    assert.ok(Buffer.isBuffer(result), `${size}`);
    assert.equal(Buffer.compare(result, bytes), 0, `${size}`);
    assert.equal(result.buffer.byteLength, size);
    assert.equal(result.byteOffset, 0);
    assert.notEqual(result.buffer, bytes.buffer);
    result.fill(1); // it is writable
  }
});

/** A list of numbers as bytes in shared memory. */
function sharedOf(bytes) {
  const buffer = new SharedArrayBuffer(bytes.length);
  new Uint8Array(buffer).set(bytes);
  return buffer;
}

test('every buffer and every view arrive as the bytes that they show', async () => {
  const bytes = bytesOf('kinds', 64);
  const { buffer } = Uint8Array.from(bytes);
  const padded = new Uint8Array(128);
  padded.set(bytes, 24);
  const resizable = new ArrayBuffer(64, { maxByteLength: 128 });
  new Uint8Array(resizable).set(bytes);
  const views = [Int8Array, Uint8Array, Uint8ClampedArray, Int16Array, Uint16Array, Int32Array, Uint32Array];
  views.push(Float32Array, Float64Array, BigInt64Array, BigUint64Array);
  const values = [
    buffer,
    resizable,
    new Uint8Array(resizable),
    new DataView(buffer),
    new DataView(padded.buffer, 24, 64),
    bytes,
    ...views.map((View) => new View(padded.buffer, 24, 64 / View.BYTES_PER_ELEMENT)),
  ];
  for (const value of values) assert.deepEqual(await crossed(value), bytes, Object.prototype.toString.call(value));
});

test('shared memory arrives as the bytes that it had', async () => {
  const bytes = bytesOf('shared', 100);
  const buffer = sharedOf(bytes);
  for (const value of [buffer, new Uint8Array(buffer), new DataView(buffer)]) {
    const task = crossed(value);
    assert.deepEqual(await task, bytes);
  }
  assert.deepEqual(await crossed(new Uint8Array(buffer, 10, 20)), bytes.subarray(10, 30));
});

test('data that change after run is called arrive as they were', async () => {
  const bytes = bytesOf('copied', 100_000);
  const list = [1, [2]];
  const task = pool.run([bytes, list]);
  const expected = Buffer.from(bytes);
  bytes.fill(0);
  list[1][0] = 3;
  assert.deepEqual(await task, [expected, [1, [2]]]);
});

test('nested lists and records arrive as they are, with their fields in order', async () => {
  const value = [
    [],
    [[]],
    {},
    { b: 1, a: { c: [undefined, { d: null }] }, '': 2, 'a b': 3, é: 4 },
    [1, 'two', Buffer.from('three'), [false]],
  ];
  assert.deepEqual(await crossed(value), value);
  assert.deepEqual(Object.keys((await crossed({ z: 1, a: 2, 10: 3, 9: 4 })) ?? {}), ['9', '10', 'z', 'a']);
  const record = await crossed({ a: 1 });
  assert.equal(Object.getPrototypeOf(record), Object.prototype);
  assert.deepEqual(Object.getOwnPropertyDescriptor(record, 'a'), {
    value: 1,
    writable: true,
    enumerable: true,
    configurable: true,
  });
});

test('a hole of a list arrives as undefined, and only own enumerable fields of a record with a name arrive', async () => {
  const holed = [1, 2, 3];
  delete holed[1];
  assert.deepEqual(await crossed(holed), [1, undefined, 3]);
  class Inherited {
    own = 1;
    get inherited() {
      return 2;
    }
  }
  Inherited.prototype.also = 3;
  assert.deepEqual(await crossed(new Inherited()), { own: 1 });
  const hidden = Object.defineProperty({ seen: 1, [Symbol('s')]: 2 }, 'hidden', { value: 3 });
  assert.deepEqual(await crossed(hidden), { seen: 1 });
  assert.deepEqual(await crossed({ __proto__: null, a: 1 }), { a: 1 });
});

test('a field of the name __proto__ is a field like any other', async () => {
  const record = await crossed(JSON.parse('{ "__proto__": { "polluted": true } }'));
  assert.equal(Object.getPrototypeOf(record), Object.prototype);
  assert.deepEqual(Object.keys(record), ['__proto__']);
  assert.equal({}.polluted, undefined);
});

test('a record is made without calling a setter of Object.prototype', async (t) => {
  Object.defineProperty(Object.prototype, 'trap', {
    set: () => assert.fail('the setter was called'),
    configurable: true,
  });
  t.after(() => delete Object.prototype.trap);
  const record = await crossed(JSON.parse('{ "trap": 1 }'));
  assert.deepEqual(Object.entries(record), [['trap', 1]]);
});

/** A list in a list in a list. */
function nested(depth) {
  let value = [];
  for (let i = 1; i < depth; i++) value = [value];
  return value;
}

test('values may nest 90 deep, and deeper ones reject', async () => {
  assert.deepEqual(await crossed(nested(90)), nested(90));
  const tooDeep = { name: 'TypeError', code: 'ERR_INVALID_ARG_VALUE', message: /too deep/ };
  const cyclic = {};
  cyclic.self = cyclic;
  for (const value of [nested(101), nested(100_000), cyclic]) await assert.rejects(crossed(value), tooDeep);
  assert.deepEqual(await crossed('next'), 'next');
});

test('rejects a value of a kind that native tasks do not support', async () => {
  const objects = [
    new Date(0),
    new Map(),
    new Set(),
    new WeakMap(),
    /x/,
    new Error('x'),
    Promise.resolve(),
    Object('x'),
  ];
  for (const value of [() => {}, Symbol('s'), 5n, [[5n]], { a: { b: () => {} } }, ...objects]) {
    await assert.rejects(crossed(value), { name: 'TypeError', code: 'ERR_INVALID_ARG_VALUE' });
  }
});

test('a detached buffer rejects as in structuredClone', async () => {
  const bytes = new Uint8Array(10);
  structuredClone(undefined, { transfer: [bytes.buffer] });
  for (const value of [bytes, bytes.buffer, [{ bytes }]]) {
    await assert.rejects(crossed(value), { name: 'DataCloneError' });
  }
});

test('rejects a view that is out of bounds after its buffer was resized, as structuredClone does', async () => {
  const buffer = new ArrayBuffer(16, { maxByteLength: 32 });
  const beyond = [new Uint8Array(buffer, 8, 8), new Uint8Array(buffer, 8), new Float64Array(buffer, 8, 1)];
  beyond.push(new DataView(buffer, 8, 8), new DataView(buffer, 8));
  const within = [
    new Uint8Array(buffer, 0, 6),
    new Uint8Array(buffer, 6, 0),
    new DataView(buffer, 2),
    new Int32Array(buffer),
  ];
  buffer.resize(6);
  for (const value of beyond) await assert.rejects(crossed(value), { name: 'DataCloneError' });
  assert.deepEqual(
    await crossed(within),
    [6, 0, 4, 4].map((length) => Buffer.alloc(length)),
  );
  buffer.resize(20);
  assert.deepEqual(
    await crossed(beyond),
    [8, 12, 8, 8, 12].map((length) => Buffer.alloc(length)),
  );
});

test('passes the bytes of a view whose properties were overridden', async () => {
  class Liar extends Uint8Array {}
  for (const name of ['buffer', 'byteOffset', 'byteLength', 'length']) {
    Object.defineProperty(Liar.prototype, name, { get: () => assert.fail('an overridden property was read') });
  }
  const liar = new Liar([1, 2, 3]);
  assert.deepEqual(await crossed(liar), Buffer.of(1, 2, 3));
});

test('a getter is read once, before the task is submitted, and may call the pool', async () => {
  let reads = 0;
  let other;
  const data = {
    get read() {
      reads++;
      other = crossed('other');
      return reads;
    },
  };
  assert.deepEqual(await crossed(data), { read: 1 });
  assert.equal(await other, 'other');
  assert.equal(reads, 1);
});

test('a getter or a proxy that throws rejects the task with its error as the cause', async () => {
  const cause = new Error('boom');
  const throwing = () => {
    throw cause;
  };
  const getter = Object.defineProperty({}, 'x', { get: throwing, enumerable: true });
  const item = Object.defineProperty([], 0, { get: throwing });
  const { proxy: revoked, revoke } = Proxy.revocable([], {});
  revoke();
  await assert.rejects(crossed(revoked), { name: 'TypeError', code: 'ERR_INVALID_ARG_VALUE' });
  for (const value of [getter, item, new Proxy({}, { ownKeys: throwing }), new Proxy([], { get: throwing })]) {
    await assert.rejects(crossed(value), { name: 'TypeError', code: 'ERR_INVALID_ARG_VALUE', cause });
  }
  const { submitted, failed, completed } = pool.stats();
  assert.equal(submitted, failed + completed);
  assert.deepEqual(await crossed('next'), 'next');
});

test('many short results of one turn keep apart, among failures', async () => {
  const count = scale(20_000, 3000);
  const tasks = Array.from({ length: count }, (_, i) => {
    if (i % 7 === 0) return crossed(5n).catch(({ code }) => code);
    return crossed([`text ${i}`, bytesOf(i, i % 300), `ü${i}`][i % 3]);
  });
  for (const [i, result] of (await Promise.all(tasks)).entries()) {
    if (i % 7 === 0) assert.equal(result, 'ERR_INVALID_ARG_VALUE');
    else assert.deepEqual(result, [`text ${i}`, bytesOf(i, i % 300), `ü${i}`][i % 3]);
  }
});

test('short results that fill the space of a turn keep apart', async () => {
  const hash = new WorkerPool(2, { value: 'native:test-value', key: 'native:deriveKey' });
  const key = { password: 'x', algorithm: 'pbkdf2', iterations: 1, digest: 'sha1' };
  const tasks = Array.from({ length: 2000 }, (_, i) => {
    return hash.run({ ...key, salt: `${i}`, length: 1 + (i % 4100) }, { name: 'key' });
  });
  const { pbkdf2Sync } = require('node:crypto');
  for (const [i, result] of (await Promise.all(tasks)).entries()) {
    assert.deepEqual(result, pbkdf2Sync('x', `${i}`, 1, 1 + (i % 4100), 'sha1'));
    assert.equal(result.buffer.byteLength, result.length);
  }
  await hash.close();
});
