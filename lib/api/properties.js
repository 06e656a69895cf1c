'use strict';

// Decides which properties of a caller's object count: its own, and those of its class. Those of Object.prototype do
// not. No caller passed them, and after a prototype pollution an attacker controls them.

const errors = require('./errors');

/** @typedef {{ [name: string]: unknown }} Properties */

const { getOwnPropertyDescriptor, getOwnPropertyNames, getPrototypeOf, hasOwn, keys } = Object;

/** The longest prototype chain that is read: a proxy may have an endless one. */
const MOST_LAYERS = 1_000;

/**
 * Returns an object and its prototypes, without the end of the chain: the Object.prototype of this realm or another.
 * @param {object} object
 * @returns {object[]}
 */
function layersOf(object) {
  const layers = [object];
  let layer = getPrototypeOf(object);
  while (layer !== null) {
    const next = getPrototypeOf(layer);
    if (next !== null) layers[layers.length] = layer;
    if (layers.length > MOST_LAYERS) throw errors.invalidData(`An object has more than ${MOST_LAYERS} prototypes`);
    layer = next;
  }
  return layers;
}

/**
 * Reads a property of an object.
 * @param {object[]} layers Of the object.
 * @param {string} name
 * @returns {unknown} undefined if no layer has the property.
 */
function valueIn(layers, name) {
  for (let i = 0; i < layers.length; i++)
    if (hasOwn(layers[i], name)) return /** @type {Properties} */ (layers[0])[name];
  return undefined;
}

/**
 * Reads a property of any value.
 * @param {unknown} value
 * @param {string} name
 * @returns {unknown} undefined if the value has no such property that counts.
 */
function propertyOf(value, name) {
  return value === undefined || value === null ? undefined : valueIn(layersOf(Object(value)), name);
}

/**
 * Returns the names of an object's enumerable properties, without the methods of its class.
 * @param {object[]} layers Of the object.
 * @returns {string[]}
 */
function namesIn(layers) {
  const names = keys(layers[0]);
  for (let i = 1; i < layers.length; i++) {
    for (const name of keys(layers[i])) if (!isMethod(layers[i], name)) names[names.length] = name;
  }
  return names;
}

/**
 * @param {object} layer
 * @param {string} name
 */
function isMethod(layer, name) {
  const descriptor = getOwnPropertyDescriptor(layer, name);
  return descriptor !== undefined && hasOwn(descriptor, 'value') && typeof descriptor.value === 'function';
}

/**
 * Copies all properties that count to an object without a prototype.
 * @param {object} object
 * @returns {Properties}
 */
function bareCopy(object) {
  const copy = /** @type {Properties} */ (/** @type {object} */ ({ __proto__: null }));
  for (const layer of layersOf(object)) {
    for (const name of getOwnPropertyNames(layer)) {
      if (!hasOwn(copy, name)) copy[name] = /** @type {Properties} */ (object)[name];
    }
  }
  return copy;
}

/**
 * Calls a function that reads a caller's value. Throws `ERR_INVALID_ARG_VALUE` if a getter or a proxy throws.
 * @template Value
 * @param {string} name The value's name in the message.
 * @param {() => Value} read
 * @returns {Value}
 */
function reading(name, read) {
  try {
    return read();
  } catch (cause) {
    throw errors.unreadable(name, cause);
  }
}

module.exports = { bareCopy, layersOf, namesIn, propertyOf, reading, valueIn };
