'use strict';

// How errors are encoded for another thread, where a pool cannot reach: whatever the program has done to the built-ins,
// and for hundreds of errors made at random. What errors keep on their way is tested in worker-errors.test.js.

const { test } = require('node:test');
const assert = require('node:assert/strict');
const vm = require('node:vm');
const { decode, encode } = require('../lib/link/error-codec');
const { random } = require('./support/storm/random');

const carried = (thrown) => decode(structuredClone(encode(thrown)));

const isLeftOut = (value) =>
  typeof value === 'function' || (typeof value === 'symbol' && Symbol.keyFor(value) === undefined);

/** An error that has everything that the codec treats in a way of its own. */
function variedError() {
  const error = new RangeError('m', { cause: vm.runInNewContext('new TypeError("why")') });
  return Object.assign(error, {
    list: [1, [error], () => {}],
    object: { deep: { deeper: new Date(5) }, call() {} },
    map: new Map([[{ key: 1 }, new Set([new SyntaxError('in a set')])]]),
    bytes: new Uint8Array(4),
    errors: [new AggregateError([1, () => {}], 'all'), new DOMException('stop', 'AbortError')],
    symbol: Symbol.for('shared'),
    get made() {
      return { up: 1 };
    },
  });
}

/** All that arrives of an error, for comparisons: own properties, elements and classes, but not stacks. */
function outline(error) {
  const lines = [];
  const places = new Map();
  const visit = (value) => {
    if (typeof value === 'symbol' || typeof value === 'function') return String(value);
    if (typeof value !== 'object' || value === null) return value;
    if (places.has(value)) return `#${places.get(value)}`;
    const place = places.size;
    places.set(value, place);
    const keys = Reflect.ownKeys(value).filter((key) => !isLeftOut(key)); // runtimes have symbols of their own
    const parts = keys.map((key) => {
      const { enumerable, value: part } = Object.getOwnPropertyDescriptor(value, key);
      return [String(key), enumerable, key === 'stack' ? '' : visit(part)];
    });
    if (value instanceof Map || value instanceof Set) for (const entry of value) parts.push(visit(entry));
    lines[place] = [Object.getPrototypeOf(value).constructor.name, parts];
    return `#${place}`;
  };
  visit(error);
  return lines;
}

/** Replaces properties, and restores them when `run` has ended. */
function whileReplaced(replacements, run) {
  const originals = replacements.map(([object, key]) => Object.getOwnPropertyDescriptor(object, key));
  const define = Object.defineProperty;
  const { deleteProperty } = Reflect;
  try {
    for (let i = 0; i < replacements.length; i++) define(replacements[i][0], replacements[i][1], replacements[i][2]);
    return run();
  } finally {
    for (let i = 0; i < replacements.length; i++) {
      if (originals[i] === undefined) deleteProperty(replacements[i][0], replacements[i][1]);
      else define(replacements[i][0], replacements[i][1], originals[i]);
    }
  }
}

const fail = () => {
  throw new Error('a replaced built-in was called');
};

/** All methods and functions of a built-in object, replaced by one that throws. */
const replaced = (object) =>
  Reflect.ownKeys(object)
    .filter((key) => {
      const { value, configurable } = Object.getOwnPropertyDescriptor(object, key);
      return configurable && typeof value === 'function' && key !== 'constructor';
    })
    .map((key) => [object, key, { __proto__: null, value: fail, configurable: true, writable: true }]);

test('replaced built-ins do not affect the codec', () => {
  const error = variedError();
  const expected = outline(carried(error));
  const Typed = Object.getPrototypeOf(Uint8Array);
  const objects = [Object, Reflect, Symbol, Array, Map, Set, Object.prototype, Array.prototype, Map.prototype];
  objects.push(
    Set.prototype,
    Function.prototype,
    String.prototype,
    RegExp.prototype,
    Typed.prototype,
    DataView.prototype,
  );
  const globals = ['Map', 'Set', 'Error', 'AggregateError', 'DOMException', 'structuredClone', 'Uint8Array', 'String'];
  const replacements = [
    ...objects.flatMap(replaced),
    ...globals.map((name) => [globalThis, name, { __proto__: null, value: fail, configurable: true, writable: true }]),
    [Array.prototype, Symbol.iterator, { __proto__: null, value: fail, configurable: true, writable: true }],
  ];
  const encoded = structuredClone(whileReplaced(replacements, () => encode(error)));
  const arrived = whileReplaced(replacements, () => decode(encoded));
  assert.deepEqual(outline(arrived), expected);
});

test('polluted prototypes do not affect the codec', () => {
  const error = variedError();
  const expected = outline(carried(error));
  const setter = { __proto__: null, get: () => 'polluted', set: fail, configurable: true };
  const data = { __proto__: null, value: 'polluted', writable: false, configurable: true };
  const keys = ['get', 'set', 'value', 'writable', 'enumerable', 'configurable', 'cause', 'errors', 'name', 'names'];
  keys.push(
    'class',
    'fields',
    'message',
    'stack',
    'keys',
    'values',
    'prototype',
    'create',
    'DOMException',
    'list',
    'object',
  );
  for (const property of [setter, data]) {
    const replacements = [
      ...keys.map((key) => [Object.prototype, key, property]),
      ...[0, 1, 2, 3].map((key) => [Array.prototype, key, property]),
      ...[0, 1, 2, 3].map((key) => [Object.prototype, key, property]),
    ];
    const arrived = whileReplaced(replacements, () => decode(structuredClone(encode(error))));
    assert.deepEqual(outline(arrived), expected);
  }
});

test('decoding an error runs no code of the program', () => {
  const clone = structuredClone(encode(variedError()));
  const expected = outline(decode(structuredClone(clone)));
  const accessor = { __proto__: null, get: fail, set: fail, configurable: true };
  const arrived = whileReplaced(
    [
      [Error, 'prepareStackTrace', { __proto__: null, value: fail, configurable: true, writable: true }],
      [Object.prototype, 'code', accessor],
      [Error.prototype, 'stack', accessor],
      [Error.prototype, 'cause', accessor],
    ],
    () => decode(clone),
  );
  assert.deepEqual(outline(arrived), expected);
});

test('if formatting the stack throws, the error arrives with a stack without calls', () => {
  const arrived = whileReplaced(
    [[Error, 'prepareStackTrace', { __proto__: null, value: fail, configurable: true, writable: true }]],
    () => decode(encode(new RangeError('m'))),
  );
  assert.ok(arrived instanceof RangeError);
  assert.equal(arrived.message, 'm');
  if (process.versions.bun === undefined) assert.equal(arrived.stack, 'RangeError: m');
});

test('existing objects do not count towards the limit of properties', () => {
  const length = 300_000; // would cost more than what may be made up
  const error = new DOMException('m', 'AbortError');
  error.list = Array.from({ length }, (_, i) => ({ i }));
  error.numbers = Array.from({ length: 1_500_000 }, (_, i) => i);
  const { list, numbers } = decode(encode(error));
  assert.equal(list.length, length);
  assert.equal(list[length - 1].i, length - 1);
  assert.equal(numbers.length, 1_500_000);
});

test('a buffer that a getter detaches does not prevent cloning the rest', () => {
  const buffer = new ArrayBuffer(8);
  const error = Object.assign(new Error('m'), { buffer, bytes: new Uint8Array(buffer), view: new DataView(buffer) });
  error.nested = {
    get last() {
      structuredClone(buffer, { transfer: [buffer] });
      return 'read';
    },
  };
  assert.deepEqual({ ...carried(error) }, { buffer: {}, bytes: {}, view: {}, nested: { last: 'read' } });
});

// Errors at random.

class Own {
  #hidden = 1;
  get inherited() {
    return this.#hidden;
  }
}

const otherRealm = vm.createContext();
const inOtherRealm = (source) => vm.runInContext(source, otherRealm);

/** A constructor, and the class that an error of it arrives with. */
const ERRORS = [
  ...[Error, TypeError, RangeError, URIError, WebAssembly.LinkError].map((Class) => [Class, Class]),
  [inOtherRealm('Error'), Error],
  [inOtherRealm('SyntaxError'), SyntaxError],
  [class Derived extends EvalError {}, EvalError],
  [inOtherRealm('(class RangeError extends Error {})'), Error],
];

/** Makes a value, and the class that is expected of each error in it. */
function randomThrown({ below, chance, pick }) {
  const objects = [];
  const classes = new Map();
  let left = 40;

  const primitive = () => pick([0, -0, NaN, 1.5, '', 'text', true, null, undefined, 7n, Symbol.for('shared')]);
  const uncloneable = () => pick([() => {}, function named() {}, Symbol('own'), class {}, Math.max]);
  const alone = () =>
    pick([
      () => new Date(below(5)),
      () => /a/g,
      () => Object('ab'),
      () => Object(5n),
      () => new Uint8Array(3),
      () => Buffer.from('abc'),
      () => new DataView(new ArrayBuffer(2)),
      () => new ArrayBuffer(2),
      () => new SharedArrayBuffer(2),
    ])();

  const value = () => {
    if (left-- <= 0 || chance(0.3)) return primitive();
    if (chance(0.15)) return uncloneable();
    if (chance(0.15)) return alone();
    if (chance(0.3) && objects.length > 0) return pick(objects);
    return pick([error, error, object, object, list, map, set, proxy])();
  };

  const known = (made) => {
    objects.push(made);
    return made;
  };

  const addTo = (made) => {
    for (let i = below(5); i > 0; i--) {
      const key = pick([
        'a',
        'b',
        'code',
        'class',
        'value',
        '__proto__',
        '0',
        'length',
        Symbol.for('key'),
        Symbol('k'),
      ]);
      const part = value();
      const property = { __proto__: null, enumerable: chance(0.7), configurable: true };
      if (chance(0.7)) property.value = part;
      else property.get = chance(0.5) ? () => part : fail;
      if (Object.getOwnPropertyDescriptor(made, key)?.configurable !== false)
        Object.defineProperty(made, key, property);
    }
    return made;
  };

  const error = () => {
    const [Class, expected] = pick(ERRORS);
    const made = known(chance(0.1) ? new AggregateError([], 'm') : new Class(pick(['', 'm', 'a\nb'])));
    classes.set(made, made instanceof AggregateError ? AggregateError : expected);
    if (chance(0.5)) made.cause = value();
    if (made instanceof AggregateError) for (let i = below(3); i > 0; i--) made.errors.push(value());
    return addTo(made);
  };
  const object = () =>
    addTo(known(pick([() => ({}), () => Object.create(null), () => new Own(), () => inOtherRealm('({})')])()));
  const list = () => {
    const made = known([]);
    for (let i = below(4); i > 0; i--) {
      if (chance(0.2)) made.length++;
      else made.push(value());
    }
    return chance(0.3) ? addTo(made) : made;
  };
  const map = () => {
    const made = known(new Map());
    for (let i = below(4); i > 0; i--) made.set(value(), value());
    return made;
  };
  const set = () => {
    const made = known(new Set());
    for (let i = below(4); i > 0; i--) made.add(value());
    return made;
  };
  const proxy = () => known(new Proxy(pick([object, list])(), {}));

  return { thrown: chance(0.8) ? error() : value(), classes };
}

/** Compares what arrived with what was thrown, part by part and, where it can be cloned as a whole, with its clone. */
function assertCarried(thrown, arrived, classes) {
  const partners = new Map();
  const compare = (original, copy) => {
    if (typeof original !== 'object' || original === null) {
      assert.ok(Object.is(copy, original), `${String(copy)} instead of ${String(original)}`);
      return;
    }
    if (partners.has(original)) {
      assert.equal(copy, partners.get(original), 'an object in two places arrives as one');
      return;
    }
    partners.set(original, copy);
    const Class = classes.get(original);
    if (Class !== undefined) {
      assert.equal(Object.getPrototypeOf(copy), Class.prototype);
      for (const key of ['message', 'name', 'stack']) assert.equal(copy[key], original[key]);
      compareProperties(original, copy, ['message', 'name', 'stack', 'errors']);
      if (Class === AggregateError) compareErrors(original.errors, copy.errors);
      return;
    }
    compareWithClone(original, copy);
    if (original instanceof Map) compareLists(entriesOf(original), [...copy].flat());
    else if (original instanceof Set)
      compareLists(
        [...original].filter((part) => !isLeftOut(part)),
        [...copy],
      );
    else if (Array.isArray(original)) {
      assert.ok(Array.isArray(copy));
      assert.equal(copy.length, original.length);
      compareProperties(original, copy, ['length']);
    } else if (Object.prototype.toString.call(original) === '[object Object]') {
      assert.equal(Object.getPrototypeOf(copy), Object.prototype);
      compareProperties(original, copy, []);
    }
  };
  const entriesOf = (map) => [...map].filter((entry) => !entry.some(isLeftOut)).flat();
  const compareLists = (originals, copies) => {
    assert.equal(copies.length, originals.length);
    for (let i = 0; i < originals.length; i++) compare(originals[i], copies[i]);
  };
  const compareErrors = (originals, copies) => {
    assert.equal(copies.length, originals.length);
    for (let i = 0; i < originals.length; i++) {
      compare(isLeftOut(originals[i]) ? String(originals[i]) : originals[i], copies[i]);
    }
  };
  const compareProperties = (original, copy, others) => {
    const isError = classes.has(original);
    const expected = Reflect.ownKeys(original).filter((key) => {
      if (others.includes(key) || isLeftOut(key)) return false;
      const isReached =
        isError || (typeof key === 'string' && Object.prototype.propertyIsEnumerable.call(original, key));
      try {
        return isReached && (!isLeftOut(original[key]) || (isError && key === 'cause'));
      } catch {
        return false;
      }
    });
    // In any order: some runtimes add properties to errors when their stack is read.
    assert.deepEqual(new Set(Reflect.ownKeys(copy).filter((key) => !others.includes(key))), new Set(expected));
    for (const key of expected) {
      const { enumerable, value } = Object.getOwnPropertyDescriptor(copy, key);
      assert.equal(enumerable, Object.prototype.propertyIsEnumerable.call(original, key));
      compare(isLeftOut(original[key]) ? String(original[key]) : original[key], value);
    }
  };
  /** What can be cloned as a whole arrives as its clone, unless errors in it are better than that. */
  const compareWithClone = (original, copy) => {
    let clone;
    try {
      clone = structuredClone(original);
    } catch {
      return;
    }
    if (!containsError(clone)) assert.deepStrictEqual(copy, clone);
  };
  if (isLeftOut(thrown)) assert.equal(arrived, String(thrown));
  else compare(thrown, arrived);
}

function containsError(value, seen = new Set()) {
  if (typeof value !== 'object' || value === null || seen.has(value)) return false;
  seen.add(value);
  if (value instanceof Error) return true;
  const parts = Object.values(value);
  if (value instanceof Map) parts.push(...value.keys());
  if (value instanceof Map || value instanceof Set) parts.push(...value.values());
  return parts.some((part) => containsError(part, seen));
}

test('everything that can be cloned arrives, in random errors', (t) => {
  const seed = Number(process.env.SEED ?? 20240229);
  t.diagnostic(`SEED=${seed}`);
  const generator = random(seed);
  for (let i = 0; i < Number(process.env.ROUNDS ?? 500); i++) {
    const { thrown, classes } = randomThrown(generator);
    try {
      assertCarried(thrown, carried(thrown), classes);
    } catch (error) {
      throw new Error(`round ${i} of SEED=${seed}: ${error.stack}`, { cause: error });
    }
  }
});
