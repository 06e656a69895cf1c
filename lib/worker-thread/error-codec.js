'use strict';

// Errors on their way between threads. The structured clone of an error has no own properties, which are
// often what tells one from another (`code`), so errors are spelt out.

const { structuredClone } = globalThis; // before a worker file can replace it
const { isNativeError } = require('node:util').types;

const CLASSES = { EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError, AggregateError };

/** Errors further down than so many causes and properties of each other are left out. */
const DEEPEST = 100;

function isError(value) {
  try {
    return isNativeError(value) || value instanceof Error;
  } catch {
    return false; // a proxy that throws
  }
}

function isCloneable(value) {
  try {
    structuredClone(value);
    return true;
  } catch {
    return false;
  }
}

/** Whether of this more can be said than a text. */
const canBeSaid = (value) => isError(value) || isCloneable(value);

/**
 * @param {unknown} thrown Anything, errors or not.
 * @returns something that can be cloned, for `decode`.
 */
function encode(thrown) {
  const known = new Map();
  const spell = (value, depth) => {
    if (!isError(value)) return { value: cloneableOf(value) };
    let words = known.get(value);
    if (words !== undefined) return { words };
    if (depth > DEEPEST) return { value: undefined };
    words = { __proto__: null, class: classOf(value), properties: [] };
    known.set(value, words); // before the causes, which may lead back to it
    for (const key of ['message', 'stack', 'name']) words[key] = textOf(value, key);
    const below = (other) => spell(other, depth + 1);
    const keys = ownKeys(value);
    if (keys.includes('cause')) words.cause = below(read(value, 'cause'));
    if (words.class === 'AggregateError') words.errors = listOf(read(value, 'errors')).map(below);
    for (const key of keys) {
      const property = read(value, key);
      if (key in words || !isEnumerable(value, key) || !canBeSaid(property)) continue;
      words.properties.push([key, below(property)]);
    }
    return { words };
  };
  return spell(thrown, 0);
}

/** What `encode` was given, or an error as much like it as can be made here. */
function decode(encoded) {
  const made = new Map();
  const make = ({ words, value }) => {
    if (words === undefined) return value;
    let error = made.get(words);
    if (error !== undefined) return error;
    error = create(words);
    made.set(words, error);
    if (words.cause !== undefined) hidden(error, 'cause', make(words.cause));
    if (words.errors !== undefined) hidden(error, 'errors', words.errors.map(make));
    for (const [key, property] of words.properties) {
      const value = make(property);
      Object.defineProperty(error, key, { value, writable: true, enumerable: true, configurable: true });
    }
    return error;
  };
  return make(encoded);
}

function create({ class: name, message, name: ownName, stack }) {
  let error;
  if (name === 'DOMException') error = new DOMException(message, ownName);
  else if (name === 'AggregateError') error = new AggregateError([], message);
  else error = new (CLASSES[name] ?? Error)(message);
  if (error.name !== ownName) hidden(error, 'name', ownName);
  hidden(error, 'stack', stack);
  return error;
}

function hidden(error, key, value) {
  Object.defineProperty(error, key, { value, writable: true, enumerable: false, configurable: true });
}

/** What of a value can be cloned: its properties, if it is an object, else its text. */
function cloneableOf(value) {
  if (isCloneable(value)) return value;
  if (typeof value !== 'object') return describe(value);
  try {
    return Object.fromEntries(Object.entries(value).filter(([, property]) => isCloneable(property)));
  } catch {
    return describe(value); // a getter or a proxy that throws
  }
}

/** The name of the first built-in class that the error is of. */
function classOf(error) {
  try {
    if (error instanceof DOMException) return 'DOMException';
    for (const [name, Class] of Object.entries(CLASSES)) if (error instanceof Class) return name;
  } catch {
    // A proxy that throws.
  }
  return 'Error';
}

// What is read below may be a proxy or a getter that throws.

function read(object, key) {
  try {
    return object[key];
  } catch {
    return undefined;
  }
}

function ownKeys(object) {
  try {
    return Object.getOwnPropertyNames(object);
  } catch {
    return [];
  }
}

function isEnumerable(object, key) {
  try {
    return Object.prototype.propertyIsEnumerable.call(object, key);
  } catch {
    return false;
  }
}

function listOf(value) {
  try {
    return Array.isArray(value) ? [...value] : [];
  } catch {
    return [];
  }
}

function textOf(error, key) {
  const value = read(error, key);
  return typeof value === 'string' ? value : describe(value);
}

function describe(value) {
  for (const textOf of [String, (value) => Object.prototype.toString.call(value)]) {
    try {
      return textOf(value);
    } catch {
      // So with less.
    }
  }
  return typeof value;
}

module.exports = { canBeSaid, encode, decode };
