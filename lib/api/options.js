'use strict';

// The options of every method: types, accepted values and defaults. worker-argument.js checks the worker argument, and
// native/codecs/ check the data of native tasks.

const errors = require('./errors');
const { OptionTable } = require('./option-table');
const { readWorkerOptions } = require('./worker-options');

/**
 * @template Value
 * @typedef {import('./option-table').OptionRow<Value>} OptionRow
 */
/**
 * @template {object} Options
 * @typedef {import('./option-table').OptionRows<Options>} OptionRows
 */
/** @typedef {import('./worker-options').BareWorkerOptions} BareWorkerOptions */

// The types of options as they are read: checked, and with defaults applied. index.d.ts has the types that callers
// pass.

/**
 * @typedef {object} PoolOptions
 * @property {number} minSize How many idle threads are kept, at most the size.
 * @property {number} idleTimeout In milliseconds.
 * @property {number} concurrency How many tasks a thread of a worker file runs at a time.
 * @property {{ tasks: number, memory: number }} recycle When the threads of worker files are replaced.
 * @property {number} maxQueue
 * @property {number} maxQueueBytes
 * @property {'normal' | 'below'} threadPriority Of native threads.
 * @property {BareWorkerOptions} workerOptions
 * @property {number} abortTimeout In milliseconds.
 */

/**
 * The options that `run`, `map` and `stream` share.
 * @typedef {object} TaskOptions
 * @property {AbortSignal} [signal]
 * @property {number} timeout In milliseconds.
 * @property {number} queueTimeout In milliseconds.
 * @property {number} priority A safe integer.
 * @property {string} [name] Selects the task.
 */

/**
 * The progress of `map` and `stream`.
 * @typedef {object} Progress
 * @property {number} done Tasks with a result.
 * @property {number} [total] All tasks, if `items` has a length.
 */

/** @typedef {TaskOptions & { onProgress?: (value: unknown) => void, transfer?: readonly unknown[] }} RunOptions */
/** @typedef {TaskOptions & { onProgress?: (progress: Progress) => void }} MapOptions */
/** @typedef {MapOptions & { ordered: boolean }} StreamOptions */

/**
 * @typedef {object} CloseOptions
 * @property {boolean} force
 * @property {boolean} drop
 * @property {number} timeout In milliseconds.
 */

/**
 * @typedef {object} StatsOptions
 * @property {boolean} reset
 * @property {boolean} workers
 * @property {readonly number[]} buckets In milliseconds.
 */

const MAX_SIZE = 1024;

const MAX_BUCKETS = 1024;

const MAX_CONCURRENCY = 1024;

/**
 * The default of `abortTimeout` in milliseconds if tasks share a thread: such tasks wait for something, and most end soon
 * after their signal aborts.
 */
const SHARED_ABORT_TIMEOUT = 1000;

/** @param {unknown} value */
const isNumber = (value) => typeof value === 'number';
/** @param {unknown} value */
const isString = (value) => typeof value === 'string';
/** @param {unknown} value */
const isBoolean = (value) => typeof value === 'boolean';
/** @param {unknown} value */
const isFunction = (value) => typeof value === 'function';
/**
 * @param {unknown} value
 * @returns {value is { [name: string]: unknown }}
 */
const isObject = (value) => value !== null && typeof value === 'object';
/**
 * Accepts signals of other realms and libraries, like the APIs of Node.js.
 * @param {unknown} value
 */
const isSignal = (value) =>
  isObject(value) && 'aborted' in value && isFunction(value.addEventListener) && isFunction(value.removeEventListener);

/** @type {OptionRow<boolean>} */
const boolean = { __proto__: null, isType: isBoolean, expected: 'a boolean' };

/** @type {OptionRow<number>} */
const limit = {
  __proto__: null,
  default: Infinity,
  isType: isNumber,
  accepts: (value) => value >= 0,
  expected: 'a non-negative number of milliseconds or Infinity',
};

const callback = { __proto__: null, isType: isFunction, expected: 'a function' };

/** The value of `recycle` without limits. */
const NEVER = { __proto__: null, tasks: Infinity, memory: Infinity };

/** @type {OptionRows<PoolOptions['recycle']>} */
const RECYCLE_OPTIONS = {
  __proto__: null,
  tasks: {
    __proto__: null,
    default: Infinity,
    isType: isNumber,
    accepts: (value) => value === Infinity || (Number.isSafeInteger(value) && value > 0),
    expected: 'a positive integer or Infinity',
  },
  memory: {
    __proto__: null,
    default: Infinity,
    isType: isNumber,
    accepts: (value) => value > 0,
    expected: 'a positive number of bytes or Infinity',
  },
};

/** @type {OptionRows<PoolOptions>} */
const POOL_OPTIONS = {
  __proto__: null,
  minSize: {
    __proto__: null,
    default: Infinity, // the size
    isType: isNumber,
    accepts: (value) => Number.isInteger(value) && value >= 0,
    expected: 'an integer from 0 to the size',
  },
  idleTimeout: { ...limit, __proto__: null, default: 10_000 },
  concurrency: {
    __proto__: null,
    default: 1,
    isType: isNumber,
    accepts: (value) => Number.isInteger(value) && value >= 1 && value <= MAX_CONCURRENCY,
    expected: `an integer from 1 to ${MAX_CONCURRENCY}`,
  },
  recycle: { __proto__: null, default: NEVER, isType: isObject, expected: 'an object' },
  maxQueue: {
    __proto__: null,
    default: Infinity,
    isType: isNumber,
    accepts: (value) => value === Infinity || (Number.isInteger(value) && value >= 0),
    expected: 'a non-negative integer or Infinity',
  },
  maxQueueBytes: {
    __proto__: null,
    default: Infinity,
    isType: isNumber,
    accepts: (value) => value >= 0,
    expected: 'a non-negative number of bytes or Infinity',
  },
  workerOptions: { __proto__: null, default: {}, isType: isObject, expected: 'an object of Worker options' },
  abortTimeout: { ...limit, __proto__: null, default: Number.NaN }, // depends on `concurrency`
  threadPriority: {
    __proto__: null,
    default: 'normal',
    isType: isString,
    accepts: (value) => value === 'normal' || value === 'below',
    expected: "'normal' or 'below'",
  },
};

/** @type {OptionRows<TaskOptions>} */
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
  name: { __proto__: null, isType: isString, expected: 'a string' },
};

/** @type {OptionRows<RunOptions>} */
const RUN_OPTIONS = {
  ...TASK_OPTIONS,
  __proto__: null,
  onProgress: callback,
  transfer: { __proto__: null, isType: Array.isArray, expected: 'an array' },
};

/** @type {OptionRows<MapOptions>} */
const MAP_OPTIONS = { ...TASK_OPTIONS, __proto__: null, onProgress: callback };

/** @type {OptionRows<StreamOptions>} */
const STREAM_OPTIONS = {
  ...MAP_OPTIONS,
  __proto__: null,
  ordered: { ...boolean, __proto__: null, default: true },
};

/** @type {OptionRows<StatsOptions>} */
const STATS_OPTIONS = {
  __proto__: null,
  reset: { ...boolean, __proto__: null, default: false },
  workers: { ...boolean, __proto__: null, default: false },
  buckets: {
    __proto__: null,
    default: [],
    isType: Array.isArray,
    accepts: (bounds) => bounds.length <= MAX_BUCKETS && bounds.every((bound) => isNumber(bound) && bound >= 0),
    expected: `at most ${MAX_BUCKETS} non-negative numbers of milliseconds`,
  },
};

/** @type {OptionRows<CloseOptions>} */
const CLOSE_OPTIONS = {
  __proto__: null,
  force: { ...boolean, __proto__: null, default: false },
  drop: { ...boolean, __proto__: null, default: false },
  timeout: limit,
};

const poolOptions = new OptionTable('WorkerPool', POOL_OPTIONS);
const recycleOptions = new OptionTable('WorkerPool', RECYCLE_OPTIONS, 'options.recycle');
const runOptions = new OptionTable('run', RUN_OPTIONS);
const mapOptions = new OptionTable('map', MAP_OPTIONS);
const streamOptions = new OptionTable('stream', STREAM_OPTIONS);
const statsOptions = new OptionTable('stats', STATS_OPTIONS);
const closeOptions = new OptionTable('close', CLOSE_OPTIONS);

/**
 * Throws `ERR_OUT_OF_RANGE` unless the size is an integer from 1 to 1024.
 * @param {number} size The argument of a caller, which may be any value.
 */
function checkSize(size) {
  if (!Number.isInteger(size) || size < 1 || size > MAX_SIZE) throw errors.invalidSize(size);
}

/**
 * Throws unless the argument of `WorkerPool.allocate` is a number of bytes.
 * @param {unknown} bytes
 */
function checkBytes(bytes) {
  const expected = 'a non-negative safe integer';
  if (!isNumber(bytes)) throw errors.invalidType('bytes', expected, bytes);
  if (!Number.isSafeInteger(bytes) || /** @type {number} */ (bytes) < 0)
    throw errors.outOfRange('bytes', expected, bytes);
}

/**
 * Reads the options of the constructor. Like the other functions that read options, it throws a TypeError or RangeError
 * that names the invalid option.
 * @param {unknown} given
 * @param {number} size The size of the pool.
 * @param {boolean} isFile Whether the pool is one of a worker file.
 * @returns {PoolOptions}
 */
function readPoolOptions(given, size, isFile) {
  const options = poolOptions.read(given);
  if (options.recycle !== NEVER) {
    if (!isFile) throw errors.onlyForFiles('options.recycle');
    options.recycle = recycleOptions.read(options.recycle);
  }
  const { minSize, concurrency } = options;
  if (concurrency > 1 && !isFile) throw errors.onlyForFiles('options.concurrency');
  if (Number.isNaN(options.abortTimeout)) options.abortTimeout = concurrency > 1 ? SHARED_ABORT_TIMEOUT : 0;
  if (minSize === Infinity) options.minSize = size;
  else if (minSize > size)
    throw errors.outOfRange('options.minSize', `an integer from 0 to the size, ${size}`, minSize);
  options.workerOptions = readWorkerOptions(options.workerOptions);
  return options;
}

module.exports = {
  checkBytes,
  checkSize,
  readPoolOptions,
  /**
   * @param {unknown} given
   * @returns {RunOptions}
   */
  readRunOptions: (given) => runOptions.read(given),
  /**
   * Whether the options change nothing but the task.
   * @param {RunOptions} options
   */
  areDefaultRunOptions: (options) => runOptions.areDefaults(options, 'name'),
  /**
   * @param {unknown} given
   * @returns {MapOptions}
   */
  readMapOptions: (given) => mapOptions.read(given),
  /**
   * @param {unknown} given
   * @returns {StreamOptions}
   */
  readStreamOptions: (given) => streamOptions.read(given),
  /**
   * @param {unknown} given
   * @returns {StatsOptions}
   */
  readStatsOptions: (given) => statsOptions.read(given),
  /**
   * @param {unknown} given
   * @returns {CloseOptions}
   */
  readCloseOptions: (given) => closeOptions.read(given),
};
