'use strict';

// Makes of the clone of an encoded error the error again; see error-nodes.js for the format. Properties are defined and
// never assigned, except where a clone has them already: so no setter is called and no prototype changes, whatever
// their names.

const { create } = require('./error-classes');
const { PLAIN, ERROR, MAP, SET, SYMBOL } = require('./error-nodes');

const { defineProperty, keys, symbolFor, newList, newMap, mapSet, newSet, setAdd } = require('./intrinsics');

/** What `encode` was given, or something as much like it as can be made here. */
function decode(encoded) {
  const nodes = encoded[1];
  const made = newList();
  for (let i = 0; i < nodes.length; i++) made[i] = make(nodes[i][0], nodes[i][1]);
  const resolve = (value) => (typeof value === 'object' && value !== null ? made[value[0]] : value);
  for (let i = 0; i < nodes.length; i++) fill(made[i], nodes[i][0], nodes[i][1], resolve);
  return resolve(encoded[0]);
}

/** The object of a node, without what may lead to others. */
function make(kind, content) {
  if (kind === ERROR) return makeError(content);
  if (kind === MAP) return newMap();
  if (kind === SET) return newSet();
  if (kind === SYMBOL) return symbolFor(content);
  return content;
}

function makeError(content) {
  const error = create(content.class, content.fields);
  if (error.message !== content.message) define(error, 'message', content.message, false);
  if (error.name !== content.name) define(error, 'name', content.name, false);
  // To redefine the stack would be to read it first, by `Error.prepareStackTrace`, which may throw.
  delete error.stack;
  define(error, 'stack', content.stack, false);
  return error;
}

function fill(object, kind, content, resolve) {
  if (kind === PLAIN) {
    const names = keys(content);
    for (let i = 0; i < names.length; i++) {
      const value = content[names[i]];
      if (typeof value === 'object' && value !== null) content[names[i]] = resolve(value);
    }
  } else if (kind === ERROR) {
    for (let i = 0; i < content.keys.length; i++) {
      define(object, resolve(content.keys[i]), resolve(content.values[i]), content.enumerable[i]);
    }
  } else if (kind === MAP) {
    for (let i = 0; i < content.length; i += 2) mapSet(object, resolve(content[i]), resolve(content[i + 1]));
  } else if (kind === SET) {
    for (let i = 0; i < content.length; i++) setAdd(object, resolve(content[i]));
  }
}

function define(object, key, value, enumerable) {
  defineProperty(object, key, { __proto__: null, value, writable: true, enumerable, configurable: true });
}

module.exports = { decode };
