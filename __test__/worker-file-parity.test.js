'use strict';

// What the directive in worker.js promises: the file as a plain worker of `worker_threads` and the
// built-in worker it names give the same results and the same messages for the same data. Only data
// that such a worker can be sent is compared: what cannot be cloned never reaches it.
//
// No n here is an integer above 33: of far greater ones the file would never have done.

const { after, before, test } = require('node:test');
const { createHash } = require('node:crypto');
const assert = require('node:assert/strict');
const { once } = require('node:events');
const net = require('node:net');
const path = require('node:path');
const vm = require('node:vm');
const { Worker } = require('node:worker_threads');
const { WorkerPool } = require('..');
const { scale } = require('./support/scale');

const workerFile = path.resolve(__dirname, '../worker.js');

let pool;
let thread;

before(() => {
  pool = new WorkerPool(1, workerFile);
});

after(async () => {
  await pool.close();
  await thread?.terminate();
});

/** What a plain worker makes of `data`. A worker that dies of it is followed by another. */
async function inThread(data) {
  thread ??= new Worker(workerFile);
  thread.postMessage(data);
  try {
    const [result] = await once(thread, 'message');
    return { result };
  } catch (error) {
    thread = undefined; // `once` rejects with the worker's 'error'
    return { message: error.message };
  }
}

/** What the pool makes of `data`. */
async function inPool(data) {
  try {
    return { result: await pool.run(data) };
  } catch (error) {
    return { message: error.message };
  }
}

/** @returns {Promise<boolean>} whether it was good data. */
async function assertSame(data) {
  const expected = await inThread(data);
  assert.deepStrictEqual(await inPool(data), expected);
  return 'result' in expected;
}

const array = [1];
array.push(array);
const circular = { n: 6 };
circular.self = circular;

class WithOwn {
  constructor(n) {
    this.n = n;
  }
}

class WithGetter {
  get n() {
    return 5;
  }
}

class WithWords {
  n = -1;
  toString() {
    return 'words';
  }
}

/** Good data: each has a result. */
const GOOD = {
  0: 0,
  '-0': -0,
  1: 1,
  2: 2,
  20: 20,
  'a number': { n: 7 },
  'n is 0': { n: 0 },
  'n is -0': { n: -0 },
  'n is a string': { n: '12' },
  'n is a string of more than digits': { n: ' \n0x0A\t' },
  'n is a string of -0': { n: '-0' },
  'n is a string with an exponent': { n: '2e1' },
  'n is a string with a fraction of zero': { n: '7.000' },
  'n is an empty string': { n: '' },
  'n is a blank string': { n: ' \t\n' },
  'n is a bigint': { n: 7n },
  'n is null': { n: null },
  'n is true': { n: true },
  'n is false': { n: false },
  'n is an empty array': { n: [] },
  'n is an array of a number': { n: [5] },
  'n is an array of an array of a string': { n: [['5']] },
  'n is an array of null': { n: [null] },
  'n is a date': { n: new Date(5) },
  'n is a boxed number': { n: Object(5) },
  'n is a boxed string': { n: Object('5') },
  'n is a boxed bigint': { n: Object(5n) },
  'n is a boxed boolean': { n: Object(true) },
  'n is a typed array of a number': { n: Uint8Array.of(5) },
  'n is a buffer of a number': { n: Buffer.of(5) },
  'n is a buffer whose text is a number': { n: Buffer.from('\u0005') },
  'n is an object without a prototype but with more': { n: 3, rest: Object.create(null) },
  'n beside other properties': { m: -1, n: 8, o: { n: 9 } },
  'n in an object without a prototype': Object.assign(Object.create(null), { n: 9 }),
  'n in a frozen object': Object.freeze({ n: 4 }),
  'n in an object of another realm': vm.runInNewContext('({ n: 4 })'),
  'n of a class instance': new WithOwn(6),
  'n of a class instance as a string': new WithOwn('6'),
  'n is a getter': {
    get n() {
      return 5;
    },
  },
  'n is a getter of a string': {
    get n() {
      return '5';
    },
  },
  'n of an array': Object.assign([1, 2], { n: 5 }),
  'n in a circular object': circular,
};

/** Bad data: each has a message. */
const BAD = {
  undefined: undefined,
  null: null,
  true: true,
  false: false,
  '-1': -1,
  1.5: 1.5,
  'the least number': Number.MIN_VALUE,
  'just below 1': 1 - Number.EPSILON,
  NaN: NaN,
  Infinity: Infinity,
  '-Infinity': -Infinity,
  'a bigint': 7n,
  'a string of digits': '12',
  'an empty string': '',
  'a string': 'a string',
  'a string of two lines': 'a\nb',
  'a lone surrogate': '\uD800',
  'a long string': 'x'.repeat(10_000),
  'an empty object': {},
  'an object without a prototype': Object.create(null),
  'an empty array': [],
  'an array of a number': [5],
  'an array of arrays': [1, [2, [3, null, undefined]], {}],
  'a sparse array': Object.assign(new Array(3), { 1: 1 }),
  'a circular array': array,
  'n is undefined': { n: undefined },
  'n is -1': { n: -1 },
  'n is 1.5': { n: 1.5 },
  'n is NaN': { n: NaN },
  'n is Infinity': { n: Infinity },
  'n is a string without a number': { n: 'twelve' },
  'n is a string with a separator': { n: '1_0' },
  'n is a string with an n': { n: '7n' },
  'n is a negative string': { n: '-1' },
  'n is a negative bigint': { n: -1n },
  'n is an object': { n: {} },
  'n is an object with an n': { n: { n: 5 } },
  'n is an object without a prototype': { n: Object.create(null) },
  'n is an array of two numbers': { n: [1, 2] },
  'n is a map': { n: new Map() },
  'n is a buffer of two numbers': { n: Buffer.of(1, 2) },
  'n is an invalid date': { n: new Date(NaN) },
  'n is a date before 1970': { n: new Date(-1) },
  'N is a number': { N: 5 },
  'a boxed number': Object(5),
  'a boxed number with an n': Object.assign(Object(5), { n: 5 }),
  'a boxed string': Object('12'),
  'a boxed boolean': Object(false),
  'a boxed bigint': Object(7n),
  'a date': new Date(5),
  'a date with an n': Object.assign(new Date(5), { n: 5 }),
  'an invalid date': new Date(NaN),
  'a regular expression': /a\/b/giu,
  'a regular expression with an n': Object.assign(/a/, { n: 5 }),
  'a map with an n': Object.assign(new Map([['n', 5]]), { n: 5 }),
  'a set': new Set([5]),
  'an error': new Error('of my own'),
  'an error of a built-in class': new RangeError('of my own'),
  'an error with a name of its own': Object.assign(new Error('of my own'), { name: 'MyError' }),
  'an error with an n': Object.assign(new Error('of my own'), { n: 5 }),
  'an error with a cause': new Error('of my own', { cause: { n: 5 } }),
  'an error without a message': new TypeError(),
  'an error of another realm': vm.runInNewContext('new SyntaxError("of another realm")'),
  'an aggregate error': new AggregateError([new Error('a')], 'of my own'),
  'a DOMException': new DOMException('of my own', 'AbortError'),
  'a buffer': Buffer.from('12'),
  'an empty buffer': Buffer.alloc(0),
  'a buffer with an n': Object.assign(Buffer.from('12'), { n: 5 }),
  'a typed array': Float64Array.of(1.5, -0, NaN),
  'a typed array of bigints': BigInt64Array.of(1n, -1n),
  'a view': new DataView(new ArrayBuffer(2)),
  'an array buffer': new ArrayBuffer(2),
  'a shared array buffer': new SharedArrayBuffer(2),
  'a blob': new Blob(['12']),
  'a block list': new net.BlockList(),
  'a URL': new URL('http://localhost/?n=5'),
  'search parameters': new URLSearchParams('n=5'),
  'a class instance with a getter': new WithGetter(),
  'a class instance with its own toString': new WithWords(),
  'n is inherited': Object.create({ n: 5 }),
  'n cannot be enumerated': Object.defineProperty({}, 'n', { value: 5 }),
  'a getter that cannot be enumerated': Object.defineProperty({}, 'n', { get: () => 5 }),
  'a toString that cannot be enumerated': Object.defineProperty({ n: -1 }, 'toString', { value: () => 'words' }),
  'a Symbol.toPrimitive': { n: -1, [Symbol.toPrimitive]: () => 'words' },
  'a Symbol.toStringTag': { n: -1, [Symbol.toStringTag]: 'Tag' },
  'an object without a usable toString': { n: -1, toString: null },
  'an object without a usable toString or valueOf': { toString: 1, valueOf: 2 },
  'an array of an object without a usable toString': [{ toString: null }],
  'n is an object without a usable toString': { n: { toString: null } },
  'an error without a usable toString': { n: -1, toString: { n: 5 }, message: 'not an error' },
};

/** Why such data never reaches a worker of this version of Node.js, or false: URLs are cloned by some. */
function uncloneable(data) {
  try {
    structuredClone(data);
    return false;
  } catch (error) {
    return error.message;
  }
}

for (const [what, data] of Object.entries(GOOD)) {
  test(`native:fib and its worker file return the same result: ${what}`, { skip: uncloneable(data) }, async () => {
    assert.equal(await assertSame(data), true, 'this is listed as good data');
  });
}

for (const [what, data] of Object.entries(BAD)) {
  test(`native:fib and its worker file reject with the same message: ${what}`, {
    skip: uncloneable(data),
  }, async () => {
    assert.equal(await assertSame(data), false, 'this is listed as bad data');
  });
}

test('native:fib reads a getter of the data once, like postMessage', async () => {
  let reads = 0;
  const data = {
    get n() {
      return String(++reads);
    },
  };
  assert.deepEqual(await pool.run(data), { n: 1, result: 1 });
  assert.equal(reads, 1);
});

/** Numbers from 0 to 1, the same each time. */
function randomNumbers(seed) {
  let drawn = 0;
  return () => createHash('sha256').update(`${seed} ${drawn++}`).digest().readUInt32BE() / 2 ** 32;
}

/** Makes data at random, most of it objects with an n, about half of it good. */
function randomData(random) {
  const upTo = (limit) => Math.floor(random() * limit);
  const oneOf = (...makers) => makers[upTo(makers.length)]();

  const small = () => upTo(21);
  const words = () =>
    Array.from({ length: upTo(4) }, () => ' -+.0123e\nxn'[upTo(12)])
      .join('')
      .slice(0, 2);
  const leaf = () =>
    oneOf(
      small,
      () => -small(),
      () => random() * 20,
      () => BigInt(small()) - 5n,
      words,
      () => String(small()),
      () => random() < 0.5,
      () => null,
      () => undefined,
      () => new Date(small()),
      () => Uint8Array.of(small()),
      () => Object(small()),
    );
  const value = (depth) =>
    depth === 0
      ? leaf()
      : oneOf(
          leaf,
          () => Array.from({ length: upTo(3) }, () => value(depth - 1)),
          () => new Map([[value(depth - 1), value(depth - 1)]]),
          () => Object.fromEntries(['n', 'toString', 'm'].slice(upTo(3)).map((key) => [key, value(depth - 1)])),
        );
  return random() < 0.8 ? { n: value(2) } : value(3);
}

test('native:fib and its worker file return the same results and messages for random data', async (t) => {
  const seed = Number(process.env.SEED ?? 20240229);
  t.diagnostic(`SEED=${seed}`);
  const random = randomNumbers(seed);
  const counts = { good: 0, bad: 0 };
  const count = scale(200, 30);
  for (let i = 0; i < count; i++) {
    const data = randomData(random);
    if (await assertSame(data)) counts.good++;
    else counts.bad++;
  }
  // What is made at random is worth something only if it is of both kinds.
  assert.ok(Math.min(counts.good, counts.bad) > count / 10, JSON.stringify(counts));
});
