'use strict';

// Built-ins, captured when this module is loaded. A program that later replaces globals or methods of their prototypes
// does not affect these. A method is a function of its object and its arguments.

const { bind, call } = Function.prototype;
/**
 * Makes a function of a method.
 * @type {(method: Function) => any}
 */
const functionOf = bind.bind(call);

const { Error: NativeError, Map: NativeMap, Set: NativeSet, String: NativeString } = globalThis;
const { structuredClone, DOMException, Uint8Array: Bytes, DataView: View } = globalThis;
// @types/node does not have it yet, and not every runtime does.
const { QuotaExceededError } = /** @type {{ QuotaExceededError: new (message: string, options: object) => Error }} */ (
  /** @type {object} */ (globalThis)
);
const { defineProperty, getOwnPropertyDescriptor, getPrototypeOf, setPrototypeOf, hasOwn, keys } = Object;
const { apply, construct, get, ownKeys } = Reflect;
const { prototype: map } = NativeMap;
const { prototype: set } = NativeSet;

module.exports = {
  NativeError,
  NativeString,
  DOMException,
  QuotaExceededError,
  structuredClone,

  objectPrototype: Object.prototype,
  defineProperty,
  /** @type {(object: object, key: PropertyKey) => PropertyDescriptor | undefined} */
  getOwnPropertyDescriptor,
  /** @type {(object: unknown) => object | null} */
  getPrototypeOf,
  hasOwn,
  keys,
  /** @type {(value: unknown) => string} */
  tagOf: functionOf(Object.prototype.toString),
  /** @type {(method: Function, self: unknown, args: ArrayLike<unknown>) => unknown} */
  apply,
  /** @type {(constructor: Function, args: ArrayLike<unknown>, newTarget?: Function) => unknown} */
  construct,
  /** @type {(object: object, key: PropertyKey) => unknown} */
  get,
  ownKeys,
  /**
   * Throws if the value is not a function.
   * @type {(value: unknown) => string}
   */
  sourceOf: functionOf(Function.prototype.toString),
  symbolFor: Symbol.for,
  keyFor: Symbol.keyFor,

  /** @type {(value: unknown) => value is unknown[]} */
  isArray: Array.isArray,
  /**
   * Returns an array without a prototype, since a program may have defined setters on that of other arrays.
   * @type {<Value>() => Value[]}
   */
  newList: () => setPrototypeOf([], null),

  /** @type {<Key, Value>() => Map<Key, Value>} */
  newMap: () => new NativeMap(),
  /** @type {<Key, Value>(map: Map<Key, Value>, key: Key) => Value | undefined} */
  mapGet: functionOf(map.get),
  /** @type {<Key, Value>(map: Map<Key, Value>, key: Key, value: Value) => void} */
  mapSet: functionOf(map.set),
  /** @type {<Key, Value>(map: Map<Key, Value>, callback: (value: Value, key: Key) => void) => void} */
  mapForEach: functionOf(map.forEach),
  /** @type {<Value>() => Set<Value>} */
  newSet: () => new NativeSet(),
  /** @type {<Value>(set: Set<Value>, value: Value) => void} */
  setAdd: functionOf(set.add),
  /** @type {<Value>(set: Set<Value>, value: Value) => boolean} */
  setHas: functionOf(set.has),
  /** @type {<Value>(set: Set<Value>, callback: (value: Value) => void) => void} */
  setForEach: functionOf(set.forEach),

  /**
   * Throws if the buffer is detached.
   * @param {ArrayBuffer} buffer
   */
  bytesOf: (buffer) => new Bytes(buffer),
  /**
   * Throws if the buffer of the array is detached.
   * @type {(array: object) => Iterator<number>}
   */
  keysOfTypedArray: functionOf(getPrototypeOf(Bytes.prototype).keys),
  /**
   * Throws if the buffer of the view is detached.
   * @type {(view: DataView) => number}
   */
  lengthOfView: functionOf(
    /** @type {{ get: Function }} */ (getOwnPropertyDescriptor(View.prototype, 'byteLength')).get,
  ),
};
