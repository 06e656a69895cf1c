'use strict';

// What the options are that callers pass. The worker is checked in worker-argument.js, data in codecs/.

const errors = require('./errors');
const { OptionTable } = require('./option-table');
const { readWorkerOptions } = require('./worker-options');

const MAX_SIZE = 1024;

const isNumber = (value) => typeof value === 'number';
const isBoolean = (value) => typeof value === 'boolean';
const isFunction = (value) => typeof value === 'function';
const isObject = (value) => value !== null && typeof value === 'object';
/** Like Node's own APIs, which also accept the signals of other realms and libraries. */
const isSignal = (value) =>
  isObject(value) && 'aborted' in value && isFunction(value.addEventListener) && isFunction(value.removeEventListener);

const boolean = { __proto__: null, isType: isBoolean, expected: 'a boolean' };
const limit = {
  __proto__: null,
  default: Infinity,
  isType: isNumber,
  accepts: (value) => value >= 0,
  expected: 'a non-negative number of milliseconds or Infinity',
};

/** The options of a task that `map` and `stream` take too. */
const TASK_OPTIONS = {
  __proto__: null,
  signal: { __proto__: null, isType: isSignal, expected: 'an AbortSignal' },
  timeout: limit,
  queueTimeout: limit,
  priority: {
    __proto__: null,
    default: 0,
    isType: isNumber,
    accepts: Number.isSafeInteger,
    expected: 'a safe integer',
  },
  onProgress: { __proto__: null, isType: isFunction, expected: 'a function' },
};

const poolOptions = new OptionTable('WorkerPool', {
  __proto__: null,
  maxQueue: {
    __proto__: null,
    default: Infinity,
    isType: isNumber,
    accepts: (value) => value === Infinity || (Number.isInteger(value) && value >= 0),
    expected: 'a non-negative integer or Infinity',
  },
  workerOptions: { __proto__: null, default: {}, isType: isObject, expected: 'an object, as the options of Worker' },
  abortTimeout: { __proto__: null, ...limit, default: 0 },
});

const runOptions = new OptionTable('run', {
  __proto__: null,
  ...TASK_OPTIONS,
  transfer: { __proto__: null, isType: Array.isArray, expected: 'an array' },
});

const mapOptions = new OptionTable('map', TASK_OPTIONS);

const streamOptions = new OptionTable('stream', {
  __proto__: null,
  ...TASK_OPTIONS,
  ordered: { __proto__: null, ...boolean, default: true },
});

const closeOptions = new OptionTable('close', {
  __proto__: null,
  force: { __proto__: null, ...boolean, default: false },
  timeout: limit,
});

function checkSize(size) {
  if (!Number.isInteger(size) || size < 1 || size > MAX_SIZE) throw errors.invalidSize(size);
}

function readPoolOptions(given) {
  const options = poolOptions.read(given);
  options.workerOptions = readWorkerOptions(options.workerOptions);
  return options;
}

module.exports = {
  checkSize,
  readPoolOptions,
  readRunOptions: (given) => runOptions.read(given),
  readMapOptions: (given) => mapOptions.read(given),
  readStreamOptions: (given) => streamOptions.read(given),
  readCloseOptions: (given) => closeOptions.read(given),
};
