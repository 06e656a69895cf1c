'use strict';

// Checks of what callers pass, but for the worker (see worker-argument.js) and the data (see codecs/).

const errors = require('./errors');

const MAX_SIZE = 1024;

const isNumber = (value) => typeof value === 'number';
const isBoolean = (value) => typeof value === 'boolean';
const isFunction = (value) => typeof value === 'function';
/** As Node's own APIs see it: those of other realms and libraries are taken too. */
const isSignal = (value) =>
  value !== null &&
  typeof value === 'object' &&
  'aborted' in value &&
  isFunction(value.addEventListener) &&
  isFunction(value.removeEventListener);

const limit = {
  default: Infinity,
  isType: isNumber,
  accepts: (value) => value >= 0,
  expected: 'a non-negative number of milliseconds or Infinity',
};
const signal = { isType: isSignal, expected: 'an AbortSignal' };
const onProgress = { isType: isFunction, expected: 'a function' };
const isObject = (value) => value !== null && typeof value === 'object';

/**
 * Each option: its default, what it must be, of which type and, where not all of that type will do,
 * which of them.
 */
const POOL_OPTIONS = {
  maxQueue: {
    default: Infinity,
    isType: isNumber,
    accepts: (value) => value === Infinity || (Number.isInteger(value) && value >= 0),
    expected: 'a non-negative integer or Infinity',
  },
  workerOptions: {
    default: {},
    isType: isObject,
    accepts: (value) => !value.eval,
    expected: 'an object, as the options of Worker, without `eval`',
  },
  abortTimeout: { ...limit, default: 0 },
};

const RUN_OPTIONS = {
  signal,
  timeout: limit,
  queueTimeout: limit,
  priority: { default: 0, isType: isNumber, accepts: Number.isSafeInteger, expected: 'a safe integer' },
  transfer: { isType: Array.isArray, expected: 'an array' },
  onProgress,
};

const MAP_OPTIONS = { signal, onProgress };

const STREAM_OPTIONS = { signal, ordered: { default: true, isType: isBoolean, expected: 'a boolean' } };

const CLOSE_OPTIONS = { force: { default: false, isType: isBoolean, expected: 'a boolean' }, timeout: limit };

function checkSize(size) {
  if (!Number.isInteger(size) || size < 1 || size > MAX_SIZE) throw errors.invalidSize(size);
}

/** What was given, with the defaults filled in. Options that are not in the table are ignored. */
function readOptions(table, given = {}) {
  if (given === null || typeof given !== 'object') throw errors.invalidType('options', 'an object', given);
  const options = {};
  for (const [name, option] of Object.entries(table)) {
    const value = read(given, name);
    if (value !== undefined && !test(option.isType, name, value)) {
      throw errors.invalidType(`options.${name}`, option.expected, value);
    }
    if (value !== undefined && option.accepts !== undefined && !test(option.accepts, name, value)) {
      throw errors.outOfRange(`options.${name}`, option.expected, value);
    }
    options[name] = value ?? option.default;
  }
  return options;
}

/** The options of `Worker` are read once: what they are later is of no matter. */
function readPoolOptions(given) {
  const options = readOptions(POOL_OPTIONS, given);
  try {
    return { ...options, workerOptions: { ...options.workerOptions } };
  } catch (cause) {
    throw errors.unreadable('options.workerOptions', cause);
  }
}

function read(object, name) {
  try {
    return object[name];
  } catch (cause) {
    throw errors.unreadable(`options.${name}`, cause);
  }
}

/** A test may look into the value, which may be a proxy that throws. */
function test(predicate, name, value) {
  try {
    return predicate(value);
  } catch (cause) {
    throw errors.unreadable(`options.${name}`, cause);
  }
}

module.exports = {
  checkSize,
  readPoolOptions,
  readRunOptions: (given) => readOptions(RUN_OPTIONS, given),
  readMapOptions: (given) => readOptions(MAP_OPTIONS, given),
  readStreamOptions: (given) => readOptions(STREAM_OPTIONS, given),
  readCloseOptions: (given) => readOptions(CLOSE_OPTIONS, given),
};
