'use strict';

// Values as JSON text and back. A value arrives identical or is refused; it never changes silently.
//
// What JSON can hold is written as it is. Any other value is written as `{ "$": [type, ...] }`, and so is an object of
// the caller's that has a property `$`.

const { types } = require('node:util');
const errors = require('../errors');
const { errorFields, errorFromFields } = require('./error-fields');

/** Deeper values are refused, before the recursion exhausts the stack. */
const MAX_DEPTH = 500;

/** The classes of bytes, by the name that travels. */
const BYTES = {
  __proto__: null,
  Int8Array,
  Uint8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  Float32Array,
  Float64Array,
  BigInt64Array,
  BigUint64Array,
  DataView,
};

/**
 * @param {unknown} value
 * @param {{ what: string, limit: number, option: string }} use `what` names the value in messages; `limit` is the
 *   largest size of the text in bytes, and `option` names that limit.
 * @returns {string}
 * @throws `ERR_INVALID_ARG_VALUE` for a value that cannot travel, `ERR_BUFFER_TOO_LARGE` beyond the limit.
 */
function stringify(value, { what, limit, option }) {
  const tooLarge = () => errors.tooLarge(what, limit, option);
  const tree = new Encoder(what, limit, tooLarge).encode(value);
  const text = JSON.stringify(tree);
  // A UTF-16 unit is at most three bytes of UTF-8.
  if (text.length * 3 > limit && Buffer.byteLength(text) > limit) throw tooLarge();
  return text;
}

/**
 * @param {string} text
 * @returns {unknown}
 * @throws `ERR_INVALID_DATA` for a text that `stringify` does not write.
 */
function parse(text) {
  let tree;
  try {
    tree = JSON.parse(text);
  } catch (cause) {
    throw errors.malformed('The value is not JSON', cause);
  }
  return decode(tree, 0);
}

/** Writes one value as a tree that JSON can hold. Objects that need no change are part of the tree. */
class Encoder {
  #limit;
  #tooLarge;
  /** A lower bound of the size of the text, so that a value that is far too large is refused early. */
  #size = 0;
  /** The way to the current value, for messages. */
  #path;
  /** The objects that contain the current value. */
  #ancestors = new Set();

  /**
   * @param {string} what
   * @param {number} limit
   * @param {() => Error} tooLarge
   */
  constructor(what, limit, tooLarge) {
    this.#path = [what];
    this.#limit = limit;
    this.#tooLarge = tooLarge;
  }

  /**
   * @param {unknown} value
   * @returns {unknown}
   */
  encode(value) {
    switch (typeof value) {
      case 'string':
        this.#add(value.length + 2);
        return value;
      case 'boolean':
        this.#add(4);
        return value;
      case 'number':
        this.#add(1);
        if (Number.isFinite(value) && !Object.is(value, -0)) return value;
        return tag('Number', Object.is(value, -0) ? '-0' : String(value));
      case 'bigint':
        return this.#text('BigInt', String(value));
      case 'undefined':
        this.#add(15);
        return tag('undefined');
      case 'object':
        return value === null ? null : this.#object(value);
      default:
        throw this.#unsendable(`is a ${typeof value}`);
    }
  }

  /** @param {object} value */
  #object(value) {
    if (types.isDate(value)) return tag('Date', value.getTime());
    if (types.isAnyArrayBuffer(value) || ArrayBuffer.isView(value)) return this.#bytes(value);
    if (this.#ancestors.has(value)) throw this.#unsendable('contains itself');
    if (this.#ancestors.size === MAX_DEPTH) throw this.#unsendable(`is nested more than ${MAX_DEPTH} levels deep`);
    this.#ancestors.add(value);
    const tree = this.#container(value);
    this.#ancestors.delete(value);
    return tree;
  }

  /** @param {object} value */
  #container(value) {
    this.#add(2);
    if (Array.isArray(value)) return this.#array(value);
    if (types.isProxy(value)) throw this.#unsendable('is a Proxy');
    if (types.isMap(value)) return tag('Map', this.#array([...value]));
    if (types.isSet(value)) return tag('Set', this.#array([...value]));
    if (types.isNativeError(value))
      return tag(
        'Error',
        errorFields(value, (property) => this.#orNothing(property)),
      );
    const prototype = Object.getPrototypeOf(value);
    if (prototype === null) return tag('null-prototype', this.#properties(value));
    // A root of a chain of prototypes is Object.prototype of this realm or another.
    if (Object.getPrototypeOf(prototype) !== null) throw this.#unsendable(`is of the class ${classOf(prototype)}`);
    const tree = this.#properties(value);
    return Object.hasOwn(value, '$') ? tag('object', Object.entries(tree)) : tree;
  }

  /** @param {unknown[]} list */
  #array(list) {
    const { length } = list;
    this.#add(length);
    /** @type {unknown[] | undefined} */
    let copy;
    let found = 0;
    for (let index = 0; index < length; index++) {
      const value = list[index];
      if (value !== undefined || Object.hasOwn(list, index)) found++;
      const tree = this.#at(`[${index}]`, value);
      if (copy === undefined && tree !== value) copy = list.slice(0, index);
      copy?.push(tree);
    }
    if (found < length) throw this.#unsendable('is an array with empty places');
    if (Object.keys(list).length > length) throw this.#unsendable('is an array with further properties');
    return copy ?? list;
  }

  /** @param {object} value */
  #properties(value) {
    if (Object.getOwnPropertySymbols(value).length > 0) throw this.#unsendable('has a property that is a symbol');
    /** @type {{ [name: string]: unknown }} */
    const tree = {};
    for (const name of Object.keys(value)) {
      this.#add(name.length + 3);
      const encoded = this.#at(`.${name}`, /** @type {{ [name: string]: unknown }} */ (value)[name]);
      // An assignment to __proto__ would set the prototype.
      if (name === '__proto__') define(tree, name, encoded);
      else tree[name] = encoded;
    }
    return tree;
  }

  /** @param {ArrayBufferLike | ArrayBufferView} value */
  #bytes(value) {
    if (types.isSharedArrayBuffer(ArrayBuffer.isView(value) ? value.buffer : value)) {
      throw this.#unsendable('is shared memory');
    }
    const { byteLength } = value;
    // Before the text is made: it could be longer than the longest string.
    if (Math.ceil(byteLength / 3) * 4 > this.#limit) throw this.#tooLarge();
    if (!ArrayBuffer.isView(value)) return this.#text('ArrayBuffer', Buffer.from(value).toString('base64'));
    const text = Buffer.from(value.buffer, value.byteOffset, byteLength).toString('base64');
    if (Buffer.isBuffer(value)) return this.#text('Buffer', text);
    const name = types.isDataView(value) ? 'DataView' : /** @type {Uint8Array} */ (value)[Symbol.toStringTag];
    if (!(name in BYTES) || classOf(Object.getPrototypeOf(value)) !== name) {
      throw this.#unsendable(`is of the class ${classOf(Object.getPrototypeOf(value))}`);
    }
    return this.#text(name, text);
  }

  /**
   * @param {string} type
   * @param {string} text
   */
  #text(type, text) {
    this.#add(text.length + type.length);
    return tag(type, text);
  }

  /**
   * @param {string} step
   * @param {unknown} value
   */
  #at(step, value) {
    this.#path.push(step);
    const tree = this.encode(value);
    this.#path.pop();
    return tree;
  }

  /**
   * A property of an error, which travels if it can.
   * @param {unknown} value
   */
  #orNothing(value) {
    const depth = this.#path.length;
    const ancestors = new Set(this.#ancestors);
    try {
      return { tree: this.encode(value) };
    } catch (error) {
      if (/** @type {{ code?: string }} */ (error).code === 'ERR_BUFFER_TOO_LARGE') throw error;
      this.#path.length = depth;
      this.#ancestors = ancestors;
      return undefined;
    }
  }

  /** @param {number} size */
  #add(size) {
    this.#size += size;
    if (this.#size > this.#limit) throw this.#tooLarge();
  }

  /** @param {string} problem */
  #unsendable(problem) {
    return errors.unsendable(this.#path.join(''), problem);
  }
}

/**
 * Reads a tree. Objects of the tree become part of the value.
 * @param {unknown} tree
 * @param {number} depth
 * @returns {unknown}
 */
function decode(tree, depth) {
  if (typeof tree !== 'object' || tree === null) return tree;
  if (depth > 2 * MAX_DEPTH) throw errors.malformed('The value is nested too deeply');
  if (Object.hasOwn(tree, '$')) return untag(/** @type {{ $: unknown }} */ (tree), depth);
  return decodeMembers(tree, depth);
}

/**
 * @template {object} Container
 * @param {Container} tree
 * @param {number} depth
 * @returns {Container}
 */
function decodeMembers(tree, depth) {
  const container = /** @type {{ [name: string]: unknown }} */ (tree);
  for (const name of Object.keys(container)) {
    const member = container[name];
    if (typeof member !== 'object' || member === null) continue;
    const value = decode(member, depth + 1);
    // JSON.parse defines __proto__ as an own property, so the assignment replaces it.
    if (value !== member) container[name] = value;
  }
  return tree;
}

/**
 * @param {{ $: unknown }} tree
 * @param {number} depth
 */
function untag(tree, depth) {
  const [type, content] = Array.isArray(tree.$) && Object.keys(tree).length === 1 ? tree.$ : [];
  const read = typeof type === 'string' ? READERS[type] : undefined;
  if (read === undefined) throw errors.malformed('The value has a tag that this version does not know');
  try {
    return read(content, depth + 1);
  } catch (cause) {
    if (/** @type {{ code?: string }} */ (cause).code === 'ERR_INVALID_DATA') throw cause;
    throw errors.malformed(`The value has a malformed ${type}`, cause);
  }
}

/** @type {{ [type: string]: ((content: any, depth: number) => unknown) | undefined }} */
const READERS = {
  // @ts-expect-error: the table has no prototype
  __proto__: null,
  undefined: () => undefined,
  Number: (text) => (typeof text === 'string' && /^(-0|NaN|-?Infinity)$/.test(text) ? Number(text) : fail()),
  BigInt: (text) => (typeof text === 'string' && /^-?\d+$/.test(text) ? BigInt(text) : fail()),
  Date: (time) => (time === null || typeof time === 'number' ? new Date(time ?? Number.NaN) : fail()),
  Map: (entries, depth) => new Map(list(decode(entries, depth))),
  Set: (values, depth) => new Set(list(decode(values, depth))),
  Error: (fields, depth) => errorFromFields(fields, (tree) => decode(tree, depth + 1)),
  object: (entries, depth) => decodeMembers(Object.fromEntries(list(entries)), depth),
  'null-prototype': (properties, depth) => {
    if (typeof properties !== 'object' || properties === null || Array.isArray(properties)) return fail();
    const value = Object.create(null);
    for (const name of Object.keys(properties)) value[name] = decode(properties[name], depth);
    return value;
  },
  Buffer: (text) => bytesOf(text),
  ArrayBuffer: (text) => arrayBufferOf(text),
};
for (const name of Object.keys(BYTES)) {
  READERS[name] = (text) => new /** @type {any} */ (BYTES)[name](arrayBufferOf(text));
}

/** @param {unknown} text */
const bytesOf = (text) => (typeof text === 'string' ? Buffer.from(arrayBufferOf(text)) : fail());

/** @param {unknown} text */
function arrayBufferOf(text) {
  if (typeof text !== 'string') return fail();
  const pooled = Buffer.from(text, 'base64');
  return pooled.buffer.slice(pooled.byteOffset, pooled.byteOffset + pooled.byteLength);
}

/**
 * @param {unknown} value
 * @returns {any[]}
 */
const list = (value) => (Array.isArray(value) ? value : fail());

/** @returns {never} */
function fail() {
  throw errors.malformed('The value has a tag with malformed content');
}

/**
 * @param {string} type
 * @param {unknown[]} content
 */
const tag = (type, ...content) => ({ $: [type, ...content] });

/** @param {any} prototype */
const classOf = (prototype) => {
  const Class = prototype?.constructor;
  return typeof Class === 'function' && Class.name !== '' ? Class.name : '(anonymous)';
};

/**
 * @param {object} target
 * @param {string} name
 * @param {unknown} value
 */
function define(target, name, value) {
  Object.defineProperty(target, name, { value, writable: true, enumerable: true, configurable: true });
}

module.exports = { parse, stringify };
