'use strict';

// Errors on their way between threads. The structured clone of an error has no own properties, which are
// often what tells one from another (`code`), so errors are spelt out.

const { structuredClone } = globalThis; // before a worker file can replace it
const { isNativeError } = require('node:util').types;

const CLASSES = { EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError, AggregateError };

const isError = (value) => isNativeError(value) || value instanceof Error;

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
  const spell = (value) => {
    if (!isError(value)) return { value: cloneableOf(value) };
    let words = known.get(value);
    if (words !== undefined) return { words };
    words = { __proto__: null, class: classOf(value), properties: [] };
    known.set(value, words); // before the causes, which may lead back to it
    for (const key of ['message', 'stack', 'name']) words[key] = textOf(value, key);
    if (Object.hasOwn(value, 'cause')) words.cause = spell(read(value, 'cause'));
    const errors = read(value, 'errors');
    if (words.class === 'AggregateError' && Array.isArray(errors)) words.errors = errors.map(spell);
    for (const key of Object.keys(value)) {
      const property = read(value, key);
      if (key in words || !canBeSaid(property)) continue;
      words.properties.push([key, spell(property)]);
    }
    return { words };
  };
  return spell(thrown);
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

function read(object, key) {
  try {
    return object[key];
  } catch {
    return undefined; // a getter that throws
  }
}

function textOf(error, key) {
  const value = read(error, key);
  return typeof value === 'string' ? value : describe(value);
}

function describe(value) {
  try {
    return String(value);
  } catch {
    return Object.prototype.toString.call(value);
  }
}

module.exports = { canBeSaid, encode, decode };
