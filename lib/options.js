'use strict';

// Checks of what the constructor is given, but for the worker (see worker-argument.js).

const errors = require('./errors');

const MAX_SIZE = 1024;

/** Each option: its default and what it must be. */
const OPTIONS = {
  maxQueue: {
    default: Infinity,
    type: 'number',
    accepts: (value) => value === Infinity || (Number.isInteger(value) && value >= 0),
    expected: 'a non-negative integer or Infinity',
  },
};

function checkSize(size) {
  if (!Number.isInteger(size) || size < 1 || size > MAX_SIZE) throw errors.invalidSize(size);
}

/** The options with their defaults filled in. Options that are not known are ignored. */
function readOptions(given = {}) {
  if (given === null || typeof given !== 'object') throw errors.invalidType('options', 'an object', given);
  const options = {};
  for (const [name, option] of Object.entries(OPTIONS)) {
    const value = read(given, name);
    if (value !== undefined && typeof value !== option.type) {
      throw errors.invalidType(`options.${name}`, option.expected, value);
    }
    if (value !== undefined && !option.accepts(value)) {
      throw errors.outOfRange(`options.${name}`, option.expected, value);
    }
    options[name] = value ?? option.default;
  }
  return options;
}

function read(object, name) {
  try {
    return object[name];
  } catch (cause) {
    throw errors.unreadable(`options.${name}`, cause);
  }
}

module.exports = { checkSize, readOptions };
