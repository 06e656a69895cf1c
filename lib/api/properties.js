'use strict';

// Which properties count of an object that a caller passes: its own and those of its class, but none of Object.prototype.
// What is there was passed by nobody; after a prototype pollution it is an attacker's.

const errors = require('./errors');

const { getOwnPropertyDescriptor, getOwnPropertyNames, getPrototypeOf, hasOwn, keys } = Object;

/** The object and its prototypes, without the one that ends the chain: the Object.prototype of this realm or another. */
function layersOf(object) {
  const layers = [object];
  let layer = getPrototypeOf(object);
  while (layer !== null) {
    const next = getPrototypeOf(layer);
    if (next !== null) layers[layers.length] = layer;
    layer = next;
  }
  return layers;
}

/** The value of an object's property of that name, if one of its layers has it. */
function valueIn(layers, name) {
  for (let i = 0; i < layers.length; i++) if (hasOwn(layers[i], name)) return layers[0][name];
  return undefined;
}

/** The value of any value's property of that name, if it counts. */
function propertyOf(value, name) {
  return value === undefined || value === null ? undefined : valueIn(layersOf(Object(value)), name);
}

/** The names of an object's enumerable properties, by its layers, but not of the methods of its class. */
function namesIn(layers) {
  const names = keys(layers[0]);
  for (let i = 1; i < layers.length; i++) {
    for (const name of keys(layers[i])) if (!isMethod(layers[i], name)) names[names.length] = name;
  }
  return names;
}

function isMethod(layer, name) {
  const descriptor = getOwnPropertyDescriptor(layer, name);
  return descriptor !== undefined && hasOwn(descriptor, 'value') && typeof descriptor.value === 'function';
}

/** @returns a copy of an object that inherits nothing, with all of its properties that count. */
function bareCopy(object) {
  const copy = { __proto__: null };
  for (const layer of layersOf(object)) {
    for (const name of getOwnPropertyNames(layer)) if (!hasOwn(copy, name)) copy[name] = object[name];
  }
  return copy;
}

/** Calls a function that reads what a caller passed as `name`: a getter or a proxy may throw. */
function reading(name, read) {
  try {
    return read();
  } catch (cause) {
    throw errors.unreadable(name, cause);
  }
}

module.exports = { bareCopy, layersOf, namesIn, propertyOf, reading, valueIn };
