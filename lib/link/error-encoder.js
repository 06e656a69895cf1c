'use strict';

// Makes of anything that was thrown something that can be cloned; see error-nodes.js for the format.
//
// What is read here belongs to a program. Its getters and proxies run code, throw, and may make up new objects for ever;
// it may have replaced or polluted what every program has. So what cannot be read is left out, what is made up has a
// limit, each built-in is the one from when this module was loaded, and no object that is made here has a prototype.

const { types } = require('node:util');
const { LONGEST_CHAIN, classOf, fieldsOf } = require('./error-classes');
const { PLAIN, ERROR, MAP, SET, SYMBOL, WHOLE } = require('./error-nodes');

const {
  NativeError,
  NativeString,
  structuredClone,
  objectPrototype,
  getOwnPropertyDescriptor,
  getPrototypeOf,
  hasOwn,
  sourceOf,
  tagOf,
  get,
  keys,
  ownKeys,
  keyFor,
  isArray,
  newList,
  newMap,
  mapGet,
  mapSet,
  mapForEach,
  newSet,
  setAdd,
  setHas,
  setForEach,
  bytesOf,
  keysOfTypedArray,
  lengthOfView,
} = require('./intrinsics');

const { isNativeError, isProxy, isMap, isSet, isDate, isRegExp, isBoxedPrimitive, isSymbolObject } = types;
const { isAnyArrayBuffer, isSharedArrayBuffer, isArrayBufferView, isDataView } = types;

/**
 * Code of the program may make up new objects for ever. So many properties and elements are read from when it was first
 * run, less ten for each object and a hundred for each error. What was there before is read to its end.
 */
const MOST_MADE_UP = 1_000_000;
const COST_OF_OBJECT = 10;
const COST_OF_ERROR = 100;

/** The getter of an error's stack, in runtimes where that is one: it is no code of a program. */
const stackGetter = getOwnPropertyDescriptor(new NativeError(), 'stack')?.get;

/** The prototype of the clone of a plain object. */
const CLONED = getPrototypeOf(structuredClone({}));

/** What of an error was thrown itself, by class: may be a function or symbol, which is described and not left out. */
const THROWN = {
  __proto__: null,
  AggregateError: { __proto__: null, cause: true, errors: true },
  SuppressedError: { __proto__: null, cause: true, error: true, suppressed: true },
};
const THROWN_OF_OTHERS = { __proto__: null, cause: true };

/** Functions that make a text of a value, the best first: each may throw. */
const TEXTS = [NativeString, sourceOf, tagOf];

/** A value that is left out. */
const NOTHING = Symbol('nothing');

/** Whether more of a value can be carried than its text. */
function canBeSaid(value) {
  return typeof value !== 'function' && (typeof value !== 'symbol' || keyFor(value) !== undefined);
}

/**
 * @param {unknown} thrown Anything, errors or not.
 * @returns something that can be cloned, for `decode`.
 */
function encode(thrown) {
  return new Encoder().encode(thrown);
}

class Encoder {
  /** The objects that were found. The node of each is at the same place in the result. */
  #objects = newList();
  /** Their references. */
  #references = newMap();
  /** Arrays of what was thrown: see `THROWN`. */
  #thrownLists = newSet();
  /** Whether objects are more than their properties to the runtime, by prototype. */
  #isSpecial = newMap();
  /** How many properties and elements may still be read. */
  #left = Infinity;
  /** How often code of the program was run. */
  #runs = 0;

  encode(thrown) {
    const objects = this.#objects;
    const nodes = newList();
    const value = this.#carry(thrown, true);
    for (let i = 0; i < objects.length; i++) nodes[i] = this.#nodeOf(objects[i]);
    // No code of the program is run from here on: what can be cloned now can be cloned when it is posted.
    for (let i = 0; i < nodes.length; i++) {
      if (nodes[i][0] === WHOLE && isDetached(nodes[i][1])) nodes[i][1] = { __proto__: null };
    }
    return [value, nodes];
  }

  /**
   * What stands for a value: itself, a reference if it is an object, or `NOTHING`.
   * @param {boolean} [isThrown] It was thrown: then its text stands for a function or symbol.
   */
  #carry(value, isThrown) {
    if (!canBeSaid(value)) return isThrown ? this.#textOf(value) : NOTHING;
    if (!isObject(value) && typeof value !== 'symbol') return value;
    let reference = mapGet(this.#references, value);
    if (reference === undefined) {
      this.#left -= COST_OF_OBJECT;
      reference = [this.#objects.length];
      mapSet(this.#references, value, reference);
      this.#objects[reference[0]] = value;
    }
    return reference;
  }

  #nodeOf(object) {
    if (typeof object === 'symbol') return [SYMBOL, keyFor(object)];
    const isStrange = isProxy(object);
    if (isStrange) this.#expectCode();
    const builtIn = classOf(object);
    if (builtIn !== undefined || isNativeError(object)) return [ERROR, this.#errorOf(object, builtIn, isStrange)];
    if (isMap(object)) return [MAP, this.#entriesOf(object)];
    if (isSet(object)) return [SET, this.#elementsOf(object)];
    if (isWhole(object)) return [WHOLE, object];
    return this.#plainNodeOf(object, isStrange);
  }

  #errorOf(error, builtIn, isStrange) {
    this.#left -= COST_OF_ERROR;
    const className = builtIn?.name ?? 'Error';
    const message = this.#textAt(error, 'message', isStrange, builtIn) ?? '';
    const name = this.#textAt(error, 'name', isStrange, builtIn) ?? className;
    const stack = this.#textAt(error, 'stack', isStrange, builtIn) ?? (message === '' ? name : `${name}: ${message}`);
    const fields = builtIn && fieldsOf(error, builtIn);
    const names = newList();
    const values = newList();
    const enumerable = newList();
    const thrown = THROWN[className] ?? THROWN_OF_OTHERS;
    const all = this.#keysOf(error, ownKeys);
    for (let i = 0; i < all.length && this.#mayRead(); i++) {
      const key = all[i];
      if (key === 'message' || key === 'name' || key === 'stack' || !canBeSaid(key)) continue;
      const property = this.#propertyOf(error, key, isStrange);
      if (property === undefined) continue;
      if (key === 'errors' && thrown.errors) setAdd(this.#thrownLists, property.value);
      const value = this.#carry(property.value, thrown[key]);
      if (value === NOTHING) continue;
      const at = names.length;
      names[at] = this.#carry(key);
      values[at] = value;
      enumerable[at] = property.enumerable;
    }
    return { __proto__: null, class: className, fields, message, name, stack, keys: names, values, enumerable };
  }

  #entriesOf(map) {
    const entries = newList();
    mapForEach(map, (element, itsKey) => {
      if (!this.#mayRead()) return;
      const key = this.#carry(itsKey);
      const value = this.#carry(element);
      if (key === NOTHING || value === NOTHING) return;
      entries[entries.length] = key;
      entries[entries.length] = value;
    });
    return entries;
  }

  #elementsOf(set) {
    const elements = newList();
    setForEach(set, (element) => {
      const value = this.#mayRead() ? this.#carry(element) : NOTHING;
      if (value !== NOTHING) elements[elements.length] = value;
    });
    return elements;
  }

  /** The node of any other object: of its properties, unless the runtime can clone more. */
  #plainNodeOf(object, isStrange) {
    const isList = isListLike(object);
    const isThrown = isList && setHas(this.#thrownLists, object);
    const content = isList ? newList() : { __proto__: null };
    // Of a proxy, `keys` would read everything at once.
    const all = this.#keysOf(object, isStrange ? ownKeys : keys);
    const runs = this.#runs;
    let kind = WHOLE;
    for (let i = 0; i < all.length && this.#mayRead(); i++) {
      if (typeof all[i] === 'symbol') continue;
      const property = this.#propertyOf(object, all[i], isStrange);
      if (property === undefined || !property.enumerable) continue;
      const value = this.#carry(property.value, isThrown);
      if (value === NOTHING) continue;
      content[all[i]] = value;
      if (isObject(value)) kind = PLAIN;
    }
    if (isList) setLength(content, object);
    // A getter is read once, so what has one is not cloned by the runtime too.
    else if (kind === WHOLE && this.#runs === runs && this.#hasClone(object, isStrange)) return [WHOLE, object];
    return [kind, content];
  }

  /** Whether the runtime makes more of an object than its properties, such as a key or a blob, and can clone it. */
  #hasClone(object, isStrange) {
    if (isStrange) return false;
    const prototype = getPrototypeOf(object);
    if (prototype === objectPrototype || prototype === null || mapGet(this.#isSpecial, prototype) === false)
      return false;
    let isSpecial = false;
    try {
      isSpecial = getPrototypeOf(structuredClone(object)) !== CLONED;
    } catch {
      // Its properties are what can be cloned.
    }
    mapSet(this.#isSpecial, prototype, isSpecial);
    return isSpecial;
  }

  /** The keys that one of the two functions finds, if any may be read. */
  #keysOf(object, find) {
    try {
      if (this.#left > 0) return find(object);
    } catch {
      // A proxy that throws.
    }
    return newList();
  }

  /** An own property, as a descriptor with its value; `undefined` if it cannot be read. */
  #propertyOf(object, key, isStrange) {
    try {
      const property = getOwnPropertyDescriptor(object, key);
      if (property === undefined || (!isStrange && hasOwn(property, 'value'))) return property;
      this.#expectCode();
      return { __proto__: null, value: get(object, key), enumerable: property.enumerable };
    } catch {
      return undefined;
    }
  }

  /** The text that a property of an error has, its own or an inherited one; `undefined` if none can be read. */
  #textAt(error, key, isStrange, builtIn) {
    let value;
    try {
      if (isStrange || isGetter(error, key, builtIn)) this.#expectCode();
      value = get(error, key);
    } catch {
      return undefined;
    }
    return value === undefined || typeof value === 'string' ? value : this.#textOf(value);
  }

  #textOf(value) {
    this.#expectCode();
    for (let i = 0; i < TEXTS.length; i++) {
      try {
        return TEXTS[i](value);
      } catch {
        // Then by the next one.
      }
    }
    return typeof value;
  }

  /** Code of the program is about to be run. */
  #expectCode() {
    this.#runs++;
    if (this.#left === Infinity) this.#left = MOST_MADE_UP;
  }

  /** Whether one more property or element may be read. */
  #mayRead() {
    return this.#left-- > 0;
  }
}

const isObject = (value) => typeof value === 'object' && value !== null;

/** Whether to read a property of an error, its own or an inherited one, is to run code of the program. */
function isGetter(error, key, builtIn) {
  let holder = error;
  for (let step = 0; step < LONGEST_CHAIN && holder !== null; step++) {
    const property = getOwnPropertyDescriptor(holder, key);
    if (property === undefined) holder = getPrototypeOf(holder);
    else return !hasOwn(property, 'value') && property.get !== stackGetter && holder !== builtIn?.prototype;
  }
  return false;
}

/** Whether an object has a clone by itself, and nothing in it that could be an error. */
function isWhole(object) {
  if (isDate(object) || isRegExp(object) || isAnyArrayBuffer(object) || isArrayBufferView(object)) return true;
  return isBoxedPrimitive(object) && !isSymbolObject(object);
}

/** Whether it is a buffer that was moved away, or a view that has none any more. Its clone would be refused. */
function isDetached(object) {
  try {
    if (isDataView(object)) lengthOfView(object);
    else if (isArrayBufferView(object)) keysOfTypedArray(object);
    else if (isAnyArrayBuffer(object) && !isSharedArrayBuffer(object)) bytesOf(object);
    return false;
  } catch {
    return true;
  }
}

function isListLike(object) {
  try {
    return isArray(object);
  } catch {
    return false; // a revoked proxy
  }
}

/** Makes a list as long as the array that it was made from, of which the last elements may be missing. */
function setLength(list, array) {
  try {
    const { length } = array;
    if (length > list.length) list.length = length;
  } catch {
    // A proxy of an array.
  }
}

module.exports = { canBeSaid, encode };
