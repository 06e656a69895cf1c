'use strict';

// Renders the values of callers in error messages.

const { inspect, types } = require('node:util');

/** Longer texts are cut, in characters. */
const LONGEST = 4096;

/**
 * Converts any value to text: like a template literal where that works, else like `inspect`. Never throws. A template
 * literal throws for symbols, for objects without a prototype, and for objects and proxies whose methods throw.
 * @param {unknown} value
 * @returns {string}
 */
function describe(value) {
  const text = textOf(value);
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
}

/** @param {unknown} value */
function textOf(value) {
  try {
    return String(value);
  } catch {
    try {
      return inspect(value, /** @type {object} */ ({ __proto__: null, customInspect: false, depth: 0 }));
    } catch {
      return `[${typeof value}]`;
    }
  }
}

/**
 * The message of a thrown value, which need not be an `Error`. Never throws.
 * @param {unknown} thrown
 * @returns {string}
 */
function messageOf(thrown) {
  try {
    return describe(thrown instanceof Error ? thrown.message : thrown);
  } catch {
    return describe(thrown);
  }
}

/**
 * Names the type of a value without its content: null, ArrayBuffer, bytes, array, or the result of `typeof`. Never
 * throws.
 * @param {unknown} value
 * @returns {string}
 */
function typeOf(value) {
  if (value === null) return 'null';
  if (typeof value !== 'object') return typeof value;
  if (types.isAnyArrayBuffer(value)) return 'ArrayBuffer';
  if (types.isTypedArray(value) || types.isDataView(value)) return 'bytes';
  return Array.isArray(value) ? 'array' : 'object';
}

module.exports = { describe, messageOf, typeOf };
