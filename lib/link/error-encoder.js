'use strict';

// Encodes anything that was thrown as something that can be cloned; error-format.js defines the format.
//
// The objects belong to a program and are not trusted. Getters and proxies run code, throw, and may create new objects
// without end. The program may have replaced built-ins or polluted prototypes. So what cannot be read is left out, the
// number of created objects is limited, built-ins are captured when this module is loaded, and objects that are made
// here have no prototype.

const { types } = require('node:util');
const { LONGEST_CHAIN, classOf, fieldsOf } = require('./error-classes');
const { PLAIN, ERROR, MAP, SET, SYMBOL, WHOLE } = require('./error-format');

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

/** @typedef {import('./error-classes').ErrorClass} ErrorClass */
/** @typedef {import('./error-format').EncodedError} EncodedError */
/** @typedef {import('./error-format').ErrorContent} ErrorContent */
/** @typedef {import('./error-format').ErrorNode} ErrorNode */
/** @typedef {import('./error-format').Reference} Reference */

const { isNativeError, isProxy, isMap, isSet, isDate, isRegExp, isBoxedPrimitive, isSymbolObject } = types;
const { isAnyArrayBuffer, isSharedArrayBuffer, isArrayBufferView, isDataView } = types;

/**
 * The budget for reading, from the first time that code of the program runs: it may create new objects without end. A
 * property or an element costs 1. Before that, reading is not limited.
 */
const BUDGET = 1_000_000;
const COST_OF_OBJECT = 10;
const COST_OF_ERROR = 100;

/** The getter of an error's stack, in runtimes that have one. It does not count as code of the program. */
const stackGetter = getOwnPropertyDescriptor(new NativeError(), 'stack')?.get;

/** The prototype of the clone of a plain object. */
const CLONED = getPrototypeOf(structuredClone({}));

/** @typedef {{ [key: PropertyKey]: true | null | undefined }} KeySet */

/**
 * The properties with values that were thrown themselves, by class. Functions and symbols in them become text. In other
 * properties they are left out.
 * @type {{ [className: string]: KeySet | null | undefined }}
 */
const THROWN = {
  __proto__: null,
  AggregateError: { __proto__: null, cause: true, errors: true },
  SuppressedError: { __proto__: null, cause: true, error: true, suppressed: true },
};
/** @type {KeySet} */
const THROWN_OF_OTHERS = { __proto__: null, cause: true };

/**
 * Conversions of a value to text, the best first. Each may throw.
 * @type {((value: unknown) => string)[]}
 */
const TEXTS = [NativeString, sourceOf, tagOf];

/** Stands for a value that is left out. */
const NOTHING = Symbol('nothing');

/**
 * Whether a value can be encoded, and not only its text. False for functions and unregistered symbols.
 * @param {unknown} value
 * @returns {boolean}
 */
function isEncodable(value) {
  return typeof value !== 'function' && (typeof value !== 'symbol' || keyFor(value) !== undefined);
}

/**
 * Encodes anything that was thrown. Never throws.
 * @param {unknown} thrown
 * @returns {EncodedError} for `decode`. It can always be cloned.
 */
function encode(thrown) {
  return new Encoder().encode(thrown);
}

class Encoder {
  /**
   * The objects and symbols that were found. Their nodes have the same indices.
   * @type {(object | symbol)[]}
   */
  #objects = newList();
  /** @type {Map<object | symbol, Reference>} */
  #references = newMap();
  /**
   * The arrays in properties of `THROWN`. Their elements were thrown, too.
   * @type {Set<unknown>}
   */
  #thrownLists = newSet();
  /**
   * Whether the runtime clones objects with a prototype as more than their properties.
   * @type {Map<object, boolean>}
   */
  #isSpecial = newMap();
  /** What is left of the budget. */
  #left = Infinity;
  /** How often code of the program ran. */
  #runs = 0;

  /**
   * @param {unknown} thrown
   * @returns {EncodedError}
   */
  encode(thrown) {
    const objects = this.#objects;
    /** @type {ErrorNode[]} */
    const nodes = newList();
    const value = this.#carry(thrown, true);
    for (let i = 0; i < objects.length; i++) nodes[i] = this.#nodeOf(objects[i]);
    // No code of the program runs from here on, so what can be cloned now can be cloned when it is posted.
    for (let i = 0; i < nodes.length; i++) {
      if (nodes[i][0] === WHOLE && isDetached(nodes[i][1])) nodes[i][1] = { __proto__: null };
    }
    return [value, nodes];
  }

  /**
   * Encodes a value as itself, as a reference if it is an object, or as `NOTHING`.
   * @param {unknown} value
   * @param {boolean} [isThrown] Whether it was thrown. Then text replaces a function or symbol.
   */
  #carry(value, isThrown) {
    if (!isEncodable(value)) return isThrown ? this.#textOf(value) : NOTHING;
    if (!isObject(value) && typeof value !== 'symbol') return value;
    let reference = mapGet(this.#references, value);
    if (reference === undefined) {
      this.#left -= COST_OF_OBJECT;
      reference = /** @type {Reference} */ ([this.#objects.length]);
      mapSet(this.#references, value, reference);
      this.#objects[reference[0]] = value;
    }
    return reference;
  }

  /**
   * @param {object | symbol} object
   * @returns {ErrorNode}
   */
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

  /**
   * @param {object} error
   * @param {ErrorClass | undefined} builtIn Its built-in class.
   * @param {boolean} isStrange Whether it is a proxy, and any access runs code.
   * @returns {ErrorContent}
   */
  #errorOf(error, builtIn, isStrange) {
    this.#left -= COST_OF_ERROR;
    const className = builtIn?.name ?? 'Error';
    const message = this.#textAt(error, 'message', isStrange, builtIn) ?? '';
    const name = this.#textAt(error, 'name', isStrange, builtIn) ?? className;
    const stack = this.#textAt(error, 'stack', isStrange, builtIn) ?? (message === '' ? name : `${name}: ${message}`);
    const fields = builtIn && fieldsOf(error, builtIn);
    /** @type {unknown[]} */
    const names = newList();
    /** @type {unknown[]} */
    const values = newList();
    /** @type {boolean[]} */
    const enumerable = newList();
    const thrown = THROWN[className] ?? THROWN_OF_OTHERS;
    const all = this.#keysOf(error, ownKeys);
    for (let i = 0; i < all.length && this.#mayRead(); i++) {
      const key = all[i];
      if (key === 'message' || key === 'name' || key === 'stack' || !isEncodable(key)) continue;
      const property = this.#propertyOf(error, key, isStrange);
      if (property === undefined) continue;
      if (key === 'errors' && thrown.errors) setAdd(this.#thrownLists, property.value);
      const value = this.#carry(property.value, thrown[key] === true);
      if (value === NOTHING) continue;
      const at = names.length;
      names[at] = this.#carry(key);
      values[at] = value;
      enumerable[at] = property.enumerable === true;
    }
    return { __proto__: null, class: className, fields, message, name, stack, keys: names, values, enumerable };
  }

  /** @param {Map<unknown, unknown>} map */
  #entriesOf(map) {
    /** @type {unknown[]} */
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

  /** @param {Set<unknown>} set */
  #elementsOf(set) {
    /** @type {unknown[]} */
    const elements = newList();
    setForEach(set, (element) => {
      const value = this.#mayRead() ? this.#carry(element) : NOTHING;
      if (value !== NOTHING) elements[elements.length] = value;
    });
    return elements;
  }

  /**
   * The node of any other object. It has the object's properties, unless the runtime clones more than those.
   * @param {object} object
   * @param {boolean} isStrange
   * @returns {ErrorNode}
   */
  #plainNodeOf(object, isStrange) {
    const isList = isListLike(object);
    const isThrown = isList && setHas(this.#thrownLists, object);
    const content = /** @type {{ [key: string]: unknown }} */ (isList ? newList() : { __proto__: null });
    // For a proxy, `keys` would read every property at once.
    const all = this.#keysOf(object, isStrange ? ownKeys : keys);
    const runs = this.#runs;
    let kind = WHOLE;
    for (let i = 0; i < all.length && this.#mayRead(); i++) {
      const key = all[i];
      if (typeof key === 'symbol') continue;
      const property = this.#propertyOf(object, key, isStrange);
      if (property === undefined || !property.enumerable) continue;
      const value = this.#carry(property.value, isThrown);
      if (value === NOTHING) continue;
      content[key] = value;
      if (isObject(value)) kind = PLAIN;
    }
    if (isList)
      setLength(/** @type {unknown[]} */ (/** @type {unknown} */ (content)), /** @type {unknown[]} */ (object));
    // Getters are called once only, so an object with a getter is not cloned by the runtime in addition.
    else if (kind === WHOLE && this.#runs === runs && this.#hasClone(object, isStrange)) return [WHOLE, object];
    return [kind, content];
  }

  /**
   * Whether the runtime can clone an object as more than its properties, such as a key or a blob.
   * @param {object} object
   * @param {boolean} isStrange
   */
  #hasClone(object, isStrange) {
    if (isStrange) return false;
    const prototype = getPrototypeOf(object);
    if (prototype === objectPrototype || prototype === null || mapGet(this.#isSpecial, prototype) === false)
      return false;
    let isSpecial = false;
    try {
      isSpecial = getPrototypeOf(structuredClone(object)) !== CLONED;
    } catch {
      // Only its properties can be cloned.
    }
    mapSet(this.#isSpecial, prototype, isSpecial);
    return isSpecial;
  }

  /**
   * Returns the keys of an object; none if the budget is spent or a proxy throws.
   * @param {object} object
   * @param {(object: object) => (string | symbol)[]} find `keys` or `ownKeys`.
   * @returns {(string | symbol)[]}
   */
  #keysOf(object, find) {
    try {
      if (this.#left > 0) return find(object);
    } catch {
      // A proxy that throws.
    }
    return newList();
  }

  /**
   * Reads an own property. A getter is replaced by its value.
   * @param {object} object
   * @param {string | symbol} key
   * @param {boolean} isStrange
   * @returns {{ __proto__?: null, value?: unknown, enumerable?: boolean } | undefined} undefined if it cannot be read.
   */
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

  /**
   * Reads a property of an error, own or inherited, as text.
   * @param {object} error
   * @param {string} key
   * @param {boolean} isStrange
   * @param {ErrorClass | undefined} builtIn
   * @returns {string | undefined} undefined if it cannot be read.
   */
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

  /** @param {unknown} value */
  #textOf(value) {
    this.#expectCode();
    for (let i = 0; i < TEXTS.length; i++) {
      try {
        return TEXTS[i](value);
      } catch {
        // The next conversion may work.
      }
    }
    return typeof value;
  }

  /** Called before code of the program runs. */
  #expectCode() {
    this.#runs++;
    if (this.#left === Infinity) this.#left = BUDGET;
  }

  /** Spends 1 of the budget. Returns false if nothing is left. */
  #mayRead() {
    return this.#left-- > 0;
  }
}

/**
 * @param {unknown} value
 * @returns {value is object}
 */
const isObject = (value) => typeof value === 'object' && value !== null;

/**
 * Whether reading a property of an error, own or inherited, runs code of the program.
 * @param {object} error
 * @param {string} key
 * @param {ErrorClass | undefined} builtIn
 */
function isGetter(error, key, builtIn) {
  /** @type {object | null} */
  let holder = error;
  for (let step = 0; step < LONGEST_CHAIN && holder !== null; step++) {
    const property = getOwnPropertyDescriptor(holder, key);
    if (property === undefined) holder = getPrototypeOf(holder);
    else return !hasOwn(property, 'value') && property.get !== stackGetter && holder !== builtIn?.prototype;
  }
  return false;
}

/**
 * Whether an object can be cloned as it is, and cannot contain an error.
 * @param {object} object
 */
function isWhole(object) {
  if (isDate(object) || isRegExp(object) || isAnyArrayBuffer(object) || isArrayBufferView(object)) return true;
  return isBoxedPrimitive(object) && !isSymbolObject(object);
}

/**
 * Whether an object is a detached buffer, or a view of one. It cannot be cloned.
 * @param {unknown} object
 */
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

/** @param {object} object */
function isListLike(object) {
  try {
    return isArray(object);
  } catch {
    return false; // a revoked proxy
  }
}

/**
 * Restores the length of an array whose last elements are missing in the list.
 * @param {unknown[]} list
 * @param {unknown[]} array
 */
function setLength(list, array) {
  try {
    const { length } = array;
    if (length > list.length) list.length = length;
  } catch {
    // A proxy of an array.
  }
}

module.exports = { encode, isEncodable };
