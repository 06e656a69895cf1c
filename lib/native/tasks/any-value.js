'use strict';

// The data of tasks that accept any value. It is copied before the task is submitted: getters and proxies run the
// caller's code, which must not happen during the submission, and values that native tasks do not support are refused.

const { types } = require('node:util');
const errors = require('../../api/errors');
const { reading } = require('../../api/properties');
const { bytesOf, isBytes } = require('./bytes');

/** The maximum nesting depth of lists and records; the same as in src/value/read.rs. */
const MAX_DEPTH = 100;

/**
 * Classes whose instances do not hold their content in properties.
 * @type {[name: string, isInstance: (object: unknown) => boolean][]}
 */
const OTHER_CLASSES = [
  ['boxed primitive', types.isBoxedPrimitive],
  ['Date', types.isDate],
  ['Error', types.isNativeError],
  ['Map', types.isMap],
  ['Promise', types.isPromise],
  ['RegExp', types.isRegExp],
  ['Set', types.isSet],
  ['WeakMap', types.isWeakMap],
  ['WeakSet', types.isWeakSet],
];

const { isArray } = Array;
const { defineProperty, keys } = Object;

/**
 * @param {unknown} value
 * @param {number} [depth] The number of lists and records around it.
 * @param {string} [field] The name of the field of the data, if it is one.
 * @returns {unknown} a copy that the addon can read without running the caller's code.
 * @throws {TypeError} if native tasks do not support such a value, or it could not be read.
 * @throws {DOMException} see `bytesOf`.
 */
function copyOf(value, depth = 0, field = undefined) {
  switch (typeof value) {
    case 'undefined':
    case 'boolean':
    case 'number':
    case 'string':
      return value;
    case 'object':
      return value === null ? null : copyOfObject(value, depth);
    default:
      throw errors.unsupportedData(typeof value, field);
  }
}

/**
 * @param {object} object
 * @param {number} depth
 */
function copyOfObject(object, depth) {
  if (isBytes(object)) return bytesOf(object);
  if (depth === MAX_DEPTH) {
    throw errors.invalidData(`The data of a native task nests too deeply: more than ${MAX_DEPTH} levels`);
  }
  if (reading('data', () => isArray(object))) return copyOfList(object, depth);
  const other = OTHER_CLASSES.find(([, isInstance]) => isInstance(object));
  if (other !== undefined) throw errors.unsupportedData(other[0]);
  return copyOfRecord(object, depth);
}

/**
 * @param {any} list
 * @param {number} depth
 */
function copyOfList(list, depth) {
  const copy = [];
  const length = reading('data', () => list.length);
  for (let i = 0; i < length; i++) {
    copy[i] = copyOf(
      reading('data', () => list[i]),
      depth + 1,
    );
  }
  return copy;
}

/**
 * @param {any} record
 * @param {number} depth
 */
function copyOfRecord(record, depth) {
  const copy = { __proto__: null };
  for (const name of reading('data', () => keys(record))) {
    const value = copyOf(
      reading('data', () => record[name]),
      depth + 1,
      depth === 0 ? name : undefined,
    );
    const property = { __proto__: null, value, enumerable: true };
    defineProperty(copy, name, property); // not assigned: the name may be `__proto__`
  }
  return copy;
}

/**
 * Copies the fields of a task whose data are a list.
 * @param {unknown} given The data of a task.
 * @returns {unknown[]}
 */
function encodeFields(given) {
  const copy = copyOf(given);
  if (isArray(copy)) return copy;
  throw errors.invalidType('data', 'a list', given);
}

/**
 * Copies the data of a task that has one field: the data.
 * @param {unknown} given
 * @returns {unknown[]}
 */
const encodeValue = (given) => [copyOf(given)];

module.exports = { encodeFields, encodeValue };
