'use strict';

// Built-ins as they were when this module was loaded. A program that replaces those of its realm, or what their
// prototypes have, does not change these. A method is a function of the object and its arguments.

const { bind, call } = Function.prototype;
const functionOf = bind.bind(call);

const { Error: NativeError, Map: NativeMap, Set: NativeSet, String: NativeString } = globalThis;
const { structuredClone, DOMException, QuotaExceededError, Uint8Array: Bytes, DataView: View } = globalThis;
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
  getOwnPropertyDescriptor,
  getPrototypeOf,
  hasOwn,
  keys,
  tagOf: functionOf(Object.prototype.toString),
  apply,
  construct,
  get,
  ownKeys,
  sourceOf: functionOf(Function.prototype.toString),
  symbolFor: Symbol.for,
  keyFor: Symbol.keyFor,

  isArray: Array.isArray,
  /** An array without a prototype: on that of all others a program may have defined setters. */
  newList: () => setPrototypeOf([], null),

  newMap: () => new NativeMap(),
  mapGet: functionOf(map.get),
  mapSet: functionOf(map.set),
  mapForEach: functionOf(map.forEach),
  newSet: () => new NativeSet(),
  setAdd: functionOf(set.add),
  setHas: functionOf(set.has),
  setForEach: functionOf(set.forEach),

  bytesOf: (buffer) => new Bytes(buffer),
  keysOfTypedArray: functionOf(getPrototypeOf(Bytes.prototype).keys),
  lengthOfView: functionOf(getOwnPropertyDescriptor(View.prototype, 'byteLength').get),
};
