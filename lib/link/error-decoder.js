'use strict';

// Restores an error from the clone of its encoded form; error-format.js defines the format. New properties are defined
// and not assigned, whatever their names: so no setter is called and no prototype changes.

const { create } = require('./error-classes');
const { PLAIN, ERROR, MAP, SET, SYMBOL } = require('./error-format');

const { defineProperty, keys, symbolFor, newList, newMap, mapSet, newSet, setAdd } = require('./intrinsics');

/** @typedef {import('./error-format').EncodedError} EncodedError */
/** @typedef {import('./error-format').ErrorContent} ErrorContent */
/** @typedef {import('./error-format').Reference} Reference */

/**
 * @param {EncodedError} encoded The clone of what `encode` returned. It is consumed: parts become parts of the result.
 * @returns {unknown} what `encode` was passed, as far as it can be restored.
 */
function decode(encoded) {
  const nodes = encoded[1];
  /** @type {unknown[]} */
  const made = newList();
  for (let i = 0; i < nodes.length; i++) made[i] = make(nodes[i][0], nodes[i][1]);
  /** @param {unknown} value */
  const resolve = (value) =>
    typeof value === 'object' && value !== null ? made[/** @type {Reference} */ (value)[0]] : value;
  for (let i = 0; i < nodes.length; i++) fill(made[i], nodes[i][0], nodes[i][1], resolve);
  return resolve(encoded[0]);
}

/**
 * Makes the object of a node, without its references to other objects.
 * @param {number} kind
 * @param {unknown} content
 */
function make(kind, content) {
  if (kind === ERROR) return makeError(/** @type {ErrorContent} */ (content));
  if (kind === MAP) return newMap();
  if (kind === SET) return newSet();
  if (kind === SYMBOL) return symbolFor(/** @type {string} */ (content));
  return content;
}

/** @param {ErrorContent} content */
function makeError(content) {
  const error = create(content.class, content.fields);
  if (error.message !== content.message) define(error, 'message', content.message, false);
  if (error.name !== content.name) define(error, 'name', content.name, false);
  // Deleted first: redefining the stack reads it, which calls `Error.prepareStackTrace`, which may throw.
  delete error.stack;
  define(error, 'stack', content.stack, false);
  return error;
}

/**
 * Adds the references of a node to its object.
 * @param {unknown} object
 * @param {number} kind
 * @param {unknown} content
 * @param {(value: unknown) => unknown} resolve
 */
function fill(object, kind, content, resolve) {
  if (kind === PLAIN) {
    const properties = /** @type {{ [name: string]: unknown }} */ (content);
    const names = keys(properties);
    for (let i = 0; i < names.length; i++) {
      const value = properties[names[i]];
      if (typeof value === 'object' && value !== null) properties[names[i]] = resolve(value);
    }
  } else if (kind === ERROR) {
    const error = /** @type {ErrorContent} */ (content);
    for (let i = 0; i < error.keys.length; i++) {
      const key = /** @type {PropertyKey} */ (resolve(error.keys[i]));
      define(/** @type {object} */ (object), key, resolve(error.values[i]), error.enumerable[i]);
    }
  } else if (kind === MAP) {
    const entries = /** @type {unknown[]} */ (content);
    const map = /** @type {Map<unknown, unknown>} */ (object);
    for (let i = 0; i < entries.length; i += 2) mapSet(map, resolve(entries[i]), resolve(entries[i + 1]));
  } else if (kind === SET) {
    const elements = /** @type {unknown[]} */ (content);
    const set = /** @type {Set<unknown>} */ (object);
    for (let i = 0; i < elements.length; i++) setAdd(set, resolve(elements[i]));
  }
}

/**
 * @param {object} object
 * @param {PropertyKey} key
 * @param {unknown} value
 * @param {boolean} enumerable
 */
function define(object, key, value, enumerable) {
  const property = { __proto__: null, value, writable: true, enumerable, configurable: true };
  defineProperty(object, key, property);
}

module.exports = { decode };
