'use strict';

// Random values of every shape that programs pass to native tasks, generated from a seed. The twin of a value is equal
// to it but contains no proxies, which native tasks accept and `structuredClone` refuses.

const { WorkerPool } = require('./build-with-test-workers');
const { random } = require('./storm/random');

const NUMBERS = [
  0,
  -0,
  1,
  -1,
  0.1,
  2 ** 31,
  -(2 ** 31),
  2 ** 32,
  2 ** 53,
  5e-324,
  Number.MAX_VALUE,
  NaN,
  Infinity,
  -Infinity,
];
/** The parts of strings. */
const PIECES = [
  'a',
  '~',
  '\0',
  '\x7f',
  '\x80',
  'ÿ',
  'ā',
  '日',
  '\uffff',
  '\ufeff',
  '🦀',
  '\ud800',
  '\udbff',
  '\udc00',
  '\udfff',
];
/** Lengths in bytes, around the thresholds from which results are returned in another way, see src/arena.rs. */
const LENGTHS = [0, 1, 2, 3, 7, 8, 100, 1023, 4095, 4096, 4097];
const HUGE = [65_536, 2 ** 20, 4 * 2 ** 20 - 1, 4 * 2 ** 20];
const NAMES = [
  'a',
  'b',
  '',
  '0',
  '10',
  '-1',
  '__proto__',
  'constructor',
  'toString',
  'length',
  'é',
  '\ud800',
  '\udfff',
  'x y',
];
const VIEWS = [Int8Array, Uint8Array, Uint8ClampedArray, Int16Array, Uint16Array, Int32Array, Uint32Array];
VIEWS.push(Float32Array, Float64Array, BigInt64Array, BigUint64Array, DataView);
if (globalThis.Float16Array) VIEWS.push(globalThis.Float16Array);

const throwing = () => {
  throw new Error('thrown by the caller');
};
const UNREADABLE = { name: 'TypeError', code: 'ERR_INVALID_ARG_VALUE', message: 'data could not be read' };
const NO_SUCH_VALUE = { name: 'TypeError', code: 'ERR_INVALID_ARG_VALUE', message: /cannot contain/ };
const DETACHED = { name: 'DataCloneError' };

/** Values that native tasks refuse, each with the expected error. */
const REFUSED = [
  [() => throwing, NO_SUCH_VALUE],
  [() => Symbol('s'), NO_SUCH_VALUE],
  [() => 5n, NO_SUCH_VALUE],
  [() => new Date(0), NO_SUCH_VALUE],
  [() => new Map([[1, 2]]), NO_SUCH_VALUE],
  [() => new Set([1]), NO_SUCH_VALUE],
  [() => new WeakMap(), NO_SUCH_VALUE],
  [() => /x/, NO_SUCH_VALUE],
  [() => new Error('x'), NO_SUCH_VALUE],
  [() => Promise.resolve(1), NO_SUCH_VALUE],
  [() => Object('text'), NO_SUCH_VALUE],
  [() => Object(5n), NO_SUCH_VALUE],
  [() => Object.defineProperty({}, 'x', { get: throwing, enumerable: true }), UNREADABLE],
  [() => Object.defineProperty([1, 2], 1, { get: throwing }), UNREADABLE],
  [() => new Proxy({}, { ownKeys: throwing }), UNREADABLE],
  [() => new Proxy([1], { get: throwing }), UNREADABLE],
  [() => new Proxy({ x: 1 }, { getOwnPropertyDescriptor: throwing }), UNREADABLE],
  [() => revoked([]), UNREADABLE],
  [() => revoked({}), UNREADABLE],
  [() => detached(new ArrayBuffer(8)), DETACHED],
  [() => ofDetached(Uint8Array), DETACHED],
  [() => ofDetached(Float64Array), DETACHED],
  [() => ofDetached(DataView), DETACHED],
];

function revoked(target) {
  const { proxy, revoke } = Proxy.revocable(target, {});
  revoke();
  return proxy;
}

function detached(buffer) {
  structuredClone(undefined, { transfer: [buffer] });
  return buffer;
}

function ofDetached(View) {
  const view = new View(new ArrayBuffer(8));
  detached(view.buffer);
  return view;
}

class Instance {
  get inherited() {
    return 'not an own property';
  }
}

/** A view whose overridden properties describe other bytes than it has. */
class Liar extends Uint8Array {
  get byteLength() {
    return super.byteLength + 1;
  }
  get byteOffset() {
    return 0;
  }
  get buffer() {
    return new ArrayBuffer(4);
  }
}

/** Generates the value of a seed, or its twin. */
class Maker {
  #random;
  #isTwin;
  /** How many more lists, records and leaves may be generated. */
  #left;
  /** The transferable buffers in the value, without duplicates. */
  buffers = [];

  constructor(seed, isTwin) {
    this.#random = random(seed);
    this.#isTwin = isTwin;
    this.#left = this.#below(this.#chance(0.1) ? 300 : 30);
  }

  #below = (limit) => this.#random.below(limit);
  #chance = (probability) => this.#random.chance(probability);
  #pick = (values) => this.#random.pick(values);

  /**
   * @returns a value. One in ten ends with something that is refused, and `refusal` is the expected error; the twin has
   * null there.
   */
  make() {
    const value = this.#value(0);
    if (!this.#chance(0.1)) return { value };
    const [make, refusal] = this.#pick(REFUSED);
    return { value: [value, { field: [this.#isTwin ? null : make()] }], refusal };
  }

  #value(depth) {
    if (this.#left-- <= 0 || depth > 12 || this.#chance(depth / 20)) return this.#leaf();
    const kind = this.#below(8);
    if (kind < 3) return this.#maybeProxied(this.#list(depth));
    if (kind < 6) return this.#maybeProxied(this.#record(depth));
    return kind === 6 && this.#chance(0.1) ? this.#tower() : this.#leaf();
  }

  #leaf() {
    switch (this.#below(7)) {
      case 0:
        return this.#pick([undefined, null, true, false]);
      case 1:
        return this.#pick(NUMBERS);
      case 2:
        return new Float64Array(Uint8Array.from({ length: 8 }, () => this.#below(256)).buffer)[0];
      case 3:
        return this.#pick(PIECES).repeat(this.#length());
      case 4:
        return this.#text();
      default:
        return this.#bytes();
    }
  }

  #length() {
    return this.#pick(this.#chance(0.005) ? HUGE : LENGTHS);
  }

  #text() {
    let text = '';
    for (let left = this.#below(20); left > 0; left--) text += this.#pick(PIECES);
    return text;
  }

  /** Lists and records nested about as deep as the limit. */
  #tower() {
    let value = this.#leaf();
    for (let left = 80 + this.#below(30); left > 0; left--) value = this.#chance(0.5) ? [value] : { a: value };
    return value;
  }

  #list(depth) {
    const list = this.#chance(0.1) ? new (class extends Array {})() : [];
    const length = this.#below(8);
    for (let i = 0; i < length; i++) {
      if (this.#chance(0.1)) continue; // a hole
      const value = this.#value(depth + 1);
      if (this.#chance(0.1)) Object.defineProperty(list, i, { get: () => value, enumerable: true });
      else list[i] = value;
    }
    if (this.#chance(0.1)) list.length = length + this.#below(50);
    return this.#chance(0.1) ? Object.freeze(list) : list;
  }

  #record(depth) {
    const record = this.#pick([() => ({}), () => Object.create(null), () => new Instance()])();
    for (let left = this.#below(8); left > 0; left--) {
      const name = this.#chance(0.2) ? this.#text() : this.#pick(NAMES);
      const value = this.#value(depth + 1);
      const how = this.#chance(0.1) ? { get: () => value } : { value, writable: true };
      Object.defineProperty(record, name, { ...how, enumerable: this.#chance(0.9), configurable: true });
    }
    if (this.#chance(0.1)) record[Symbol('s')] = 1;
    return this.#chance(0.1) ? Object.freeze(record) : record;
  }

  /** Wraps some lists and records of the value in a proxy, but none of the twin. */
  #maybeProxied(object) {
    return this.#chance(0.1) && !this.#isTwin ? new Proxy(object, {}) : object;
  }

  #bytes() {
    const length = this.#length();
    const seed = this.#below(2 ** 32);
    const fill = (buffer) => {
      new Uint8Array(buffer).forEach((_, i, bytes) => {
        bytes[i] = ((seed + i) * 0x9e3779b1) >>> 24;
      });
      return buffer;
    };
    const room = length + 16;
    const buffer = this.#pick([
      () => fill(new ArrayBuffer(length)),
      () => fill(WorkerPool.allocate(length).buffer),
      () => fill(new SharedArrayBuffer(length)),
      () => fill(new ArrayBuffer(length, { maxByteLength: room })),
      () => fill(new SharedArrayBuffer(length, { maxByteLength: room })),
    ])();
    if (buffer instanceof ArrayBuffer) this.buffers.push(buffer);
    return this.#pick([
      () => buffer,
      () => this.#view(buffer, length),
      () => this.#view(buffer, length),
      () => this.#resized(buffer, length, fill),
      () => Buffer.from(fill(new ArrayBuffer(length))).subarray(length >> 2),
      () => (buffer instanceof ArrayBuffer ? new Liar(buffer) : buffer),
    ])();
  }

  /** A view of a whole buffer, of the rest of it from an offset, or of a part. */
  #view(buffer, length) {
    const View = this.#pick(VIEWS);
    const size = View.BYTES_PER_ELEMENT ?? 1;
    const elements = Math.floor(length / size);
    const start = this.#below(elements + 1);
    const isWhole = this.#chance(0.5);
    // A view without a given length needs a buffer whose length is a multiple of the element size.
    return isWhole && elements * size === length
      ? new View(buffer, start * size)
      : new View(buffer, start * size, this.#below(elements - start + 1));
  }

  /** A view of a buffer that was resized after the view was created. */
  #resized(buffer, length, fill) {
    const view = this.#view(buffer, length);
    const isLarger = this.#chance(0.5);
    if (buffer instanceof ArrayBuffer && buffer.resizable) buffer.resize(isLarger ? length + 16 : length >> 1);
    else if (buffer.growable) buffer.grow(length + 16);
    fill(buffer);
    return view;
  }
}

/**
 * Generates the value of a seed.
 * @returns {{ value: unknown, buffers: ArrayBuffer[] }} `buffers` are the transferable buffers in the value.
 */
function randomValue(seed) {
  const maker = new Maker(seed, false);
  const { value } = maker.make();
  return { value, buffers: maker.buffers };
}

/**
 * Generates the twin of the value of a seed.
 * @returns {{ value: unknown, refusal?: object }} `refusal` is the expected error of the value, if it ends with
 *   something that is refused. The twin has null there.
 */
const twinOf = (seed) => new Maker(seed, true).make();

module.exports = { DETACHED, randomValue, twinOf };
