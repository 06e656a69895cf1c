'use strict';

// The input and the result of `native:fib`. They are those of the JavaScript in worker.js.

const { describe, messageOf } = require('../../api/describe');
const errors = require('../../api/errors');
const { propertyOf } = require('../../api/properties');

const { structuredClone } = globalThis; // before a program can replace it

/**
 * @param {unknown} data
 * @returns {number} the n of `data`, a non-negative integer.
 * @throws {TypeError} `ERR_INVALID_ARG_VALUE` if `data` has none.
 */
function encode(data) {
  const n = typeof data === 'number' ? data : plainN(data);
  return isIndex(n) ? n : encodeAny(data);
}

/**
 * @param {unknown} n
 * @returns {n is number}
 */
function isIndex(n) {
  return Number.isInteger(n) && /** @type {number} */ (n) >= 0;
}

/**
 * Reads `{ n }` in its usual form, an own enumerable property of a plain object. That needs no copy. The property is
 * read first, since V8 then knows the shape of the object for the other checks.
 * @param {unknown} data
 * @returns {unknown} `undefined` if `data` has another form.
 */
function plainN(data) {
  try {
    const n = /** @type {{ n: unknown }} */ (data).n;
    if (Object.getPrototypeOf(data) !== Object.prototype) return undefined;
    for (const key in /** @type {{ n: unknown }} */ (data)) {
      if (key !== 'n') continue;
      if (!Object.hasOwn(/** @type {object} */ (data), key)) return undefined;
      return typeof n === 'string' ? Number(n) : n; // a getter must not be called again for a string
    }
  } catch {
    // It is no object, or throws. `encodeAny` handles both.
  }
  return undefined;
}

/**
 * Reads `n` of a structured clone, as a worker of `worker_threads` does. A clone lacks the getters of a prototype, and
 * the clone of a Buffer converts to another string.
 * @param {unknown} data
 * @returns {number}
 */
function encodeAny(data) {
  let copy;
  try {
    copy = structuredClone(data);
  } catch {
    return encodeUncloneable(data);
  }
  let message;
  try {
    const n = Number(propertyOf(copy, 'n'));
    if (isIndex(n)) return n;
    message = `Invalid n: ${copy}`;
  } catch (cause) {
    // The clone cannot be converted to a string. worker.js dies of an error with the same message.
    throw errors.invalidData(messageOf(cause), cause);
  }
  throw errors.invalidData(message);
}

/**
 * Reads `n` of the value itself. What cannot be cloned never reaches a worker of `worker_threads`.
 * @param {unknown} data
 * @returns {number}
 */
function encodeUncloneable(data) {
  let n;
  try {
    n = Number(propertyOf(data, 'n'));
  } catch (cause) {
    throw errors.invalidData(`Invalid n: ${describe(data)}`, cause);
  }
  if (!isIndex(n)) throw errors.invalidData(`Invalid n: ${describe(data)}`);
  return n;
}

/**
 * @param {number} n
 * @param {number} result The n-th Fibonacci number.
 */
function decode(n, result) {
  return { n, result };
}

module.exports = { encode, decode };
