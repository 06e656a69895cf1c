'use strict';

// Values cross as JSON text and arrive identical, or are refused.

const assert = require('node:assert/strict');
const { test } = require('node:test');
const vm = require('node:vm');
const { parse, stringify } = require('../lib/wire/values');
const { decode, encode } = require('..');

const use = { what: 'data', limit: 2 ** 20, option: 'maxPayload' };
const cross = (value) => parse(stringify(value, use));

const error = Object.assign(new TypeError('bad', { cause: new RangeError('inner') }), { code: 'E_X', at: [1n] });

const VALUES = {
  null: null,
  undefined,
  booleans: [true, false],
  numbers: [0, -0, 1.5, -1e300, Number.NaN, Infinity, -Infinity, Number.MAX_SAFE_INTEGER, 5e-324],
  bigints: [0n, -(2n ** 200n)],
  strings: ['', 'ä€😀', '\0\n"\\', '\ud800', '{"$":["BigInt","1"]}'],
  dates: [new Date(0), new Date(8.64e15)],
  objects: { a: { b: [{}, []] }, undefined: undefined, 'with space': 1 },
  'objects like tags': [{ $: ['BigInt', '1'] }, { $: 1, a: 2 }, { $: undefined }, { $: { $: 1n } }, { a: 1, $: [] }],
  'objects like envelopes': { 'native-worker-pool': 1, value: '1', reply: 'x' },
  bytes: [
    Buffer.from('buffer'),
    new Uint8Array([1, 2]),
    new Float64Array([1.5, Number.NaN]),
    new BigInt64Array([-1n]),
    new Uint8ClampedArray(3),
    new Uint8Array([1, 2, 3]).buffer,
    new DataView(new ArrayBuffer(5)),
    new Uint8Array([9, 8, 7, 6]).subarray(1, 3),
    Buffer.alloc(0),
  ],
  maps: new Map([
    [1n, new Set([undefined, { a: Number.NaN }])],
    ['k', new Map()],
  ]),
  'null prototypes': Object.assign(Object.create(null), { a: 1, b: undefined }),
  'own __proto__': JSON.parse('{"__proto__":{"a":1},"b":[{"__proto__":null}]}'),
  'own __proto__ with a tag': Object.defineProperty({}, '__proto__', {
    value: 5n,
    enumerable: true,
    writable: true,
    configurable: true,
  }),
  'shared objects': ((shared) => [shared, shared])({ a: 1 }),
};

for (const [title, value] of Object.entries(VALUES)) {
  test(`arrive identical: ${title}`, () => {
    assert.deepStrictEqual(cross(value), value);
    // As BullMQ stores it.
    assert.deepStrictEqual(decode(JSON.parse(JSON.stringify(encode(value)))), value);
  });
}

test('a value that JSON can hold is stored as it is', () => {
  for (const value of [null, 1, 'a', [1, { b: true }], { a$: 1 }]) assert.deepEqual(encode(value), value);
  assert.notDeepEqual(encode({ a: 1n }), { a: 1n });
});

test('an invalid date stays one', () => assert.ok(Number.isNaN(cross(new Date(Number.NaN)).getTime())));

test('bytes have memory of their own', () => {
  for (const value of cross(VALUES.bytes)) {
    if (ArrayBuffer.isView(value)) assert.equal(value.byteLength, value.buffer.byteLength);
  }
});

test('an error keeps class, name, message, code, cause, properties and stack', () => {
  const arrived = cross(error);
  assert.deepStrictEqual(arrived, error);
  assert.equal(arrived.stack, error.stack);
  assert.deepEqual(Object.keys(arrived), Object.keys(error));
  assert.equal(arrived.cause.constructor, RangeError);
  const many = cross(new AggregateError([new SyntaxError('one'), 2n], 'many'));
  assert.equal(many.constructor, AggregateError);
  assert.deepStrictEqual(many.errors, [new SyntaxError('one'), 2n]);
});

test('an error loses the properties that cannot travel, and nothing else', () => {
  const arrived = cross(Object.assign(new Error('message'), { a: 1, f() {}, deep: { f() {} }, z: 2 }));
  assert.deepEqual({ ...arrived }, { a: 1, z: 2 });
});

test('objects of another realm are plain objects', () => {
  assert.deepEqual(cross(vm.runInNewContext('({ a: [1, new Date(5)], b: new Map([[1, 2]]) })')), {
    a: [1, new Date(5)],
    b: new Map([[1, 2]]),
  });
});

const circular = { a: [{}] };
circular.a[0].b = circular;
const deep = (levels) => {
  let value = 1;
  for (let level = 0; level < levels; level++) value = [value];
  return value;
};

const REFUSED = [
  [{ a: [0, () => {}] }, 'data.a[1] is a function'],
  [Symbol('s'), 'data is a symbol'],
  [circular, 'data.a[0].b contains itself'],
  [new (class Point {})(), 'data is of the class Point'],
  [{ p: new (class Bytes extends Uint8Array {})(1) }, 'data.p is of the class Bytes'],
  [new Array(3), 'data is an array with empty places'],
  [Object.assign([1], { extra: 1 }), 'data is an array with further properties'],
  [{ [Symbol('s')]: 1 }, 'data has a property that is a symbol'],
  [/a/, 'data is of the class RegExp'],
  [new Uint8Array(new SharedArrayBuffer(1)), 'data is shared memory'],
  [Promise.resolve(), 'data is of the class Promise'],
  [new Map([[1, () => {}]]), 'data[0][1] is a function'],
];
for (const [value, message] of REFUSED) {
  test(`is refused: ${message}`, () => {
    assert.throws(() => cross(value), {
      name: 'TypeError',
      code: 'ERR_INVALID_ARG_VALUE',
      message: `${message}, which cannot be sent to another process`,
    });
  });
}

test('deep values are refused before the stack ends', () => {
  assert.deepEqual(cross(deep(400)), deep(400));
  assert.throws(() => cross(deep(100_000)), { code: 'ERR_INVALID_ARG_VALUE' });
  assert.throws(() => parse(`${'['.repeat(100_000)}${']'.repeat(100_000)}`), { code: 'ERR_INVALID_DATA' });
});

test('a text beyond the limit is refused, one at the limit is not', () => {
  const small = { ...use, limit: 100 };
  const tooLarge = { name: 'RangeError', code: 'ERR_BUFFER_TOO_LARGE', message: /maxPayload, which is 100 bytes.*URL/ };
  assert.equal(stringify('x'.repeat(98), small).length, 100);
  assert.throws(() => stringify('x'.repeat(99), small), tooLarge);
  assert.throws(() => stringify('ä'.repeat(50), small), tooLarge);
  assert.throws(() => stringify(Buffer.alloc(1000), small), tooLarge);
  assert.throws(() => stringify([Array.from({ length: 30 }, () => ({ a: 1 }))], small), tooLarge);
});

test('bytes that no string could hold are refused', () => {
  assert.throws(() => stringify(Buffer.alloc(2 ** 29), { ...use, limit: 2 ** 28 }), { code: 'ERR_BUFFER_TOO_LARGE' });
});

test('a malformed text is refused', () => {
  const texts = ['', '{', '{"$":1}', '{"$":["Nope"]}', '{"$":["BigInt","x"]}', '{"$":["BigInt",1]}', '{"$":["Map",1]}'];
  texts.push('{"$":["Map",[1]]}', '{"$":["Buffer",1]}', '{"$":["BigInt64Array","AAAA"]}', '{"$":["Date","x"]}');
  texts.push('{"$":["Error",null]}', '{"$":["object",1]}', '{"$":["null-prototype",1]}', '{"$":["toString",1]}');
  texts.push('{"$":["BigInt","1"],"a":1}', '{"$":["Error",{"properties":5,"cause":{"$":["x"]}}]}');
  for (const text of texts) assert.throws(() => parse(text), { code: 'ERR_INVALID_DATA' }, text);
});

test('a text cannot set a prototype', () => {
  const value = parse('{"a":{"$":["object",[["__proto__",{"polluted":{"$":["BigInt","1"]}}]]]}}');
  assert.equal(value.a.polluted, undefined);
  assert.equal({}.polluted, undefined);
  const arrived = parse('{"$":["Error",{"message":"m","properties":{"__proto__":{"polluted":1}}}]}');
  assert.equal(Object.getPrototypeOf(arrived), Error.prototype);
});
