'use strict';

// The `workerOptions` of a pool. Node.js defines them, so options that this package does not know are passed on. They
// are copied once, when the pool is made, to objects without a prototype: `Worker` sees nothing that the caller did not
// pass.

const errors = require('./errors');
const { bareCopy, reading } = require('./properties');

/**
 * The options of `Worker`, without a prototype. `Worker` checks the values, except for `transferList`.
 * @typedef {object} BareWorkerOptions
 * @property {null} [__proto__]
 * @property {unknown} [argv]
 * @property {unknown} [execArgv]
 * @property {unknown} [env]
 * @property {unknown} [resourceLimits]
 * @property {unknown} [workerData]
 * @property {unknown} [stdout]
 * @property {unknown} [stderr]
 * @property {import('node:worker_threads').TransferListItem[]} [transferList]
 */

const NAME = 'options.workerOptions';

/**
 * @param {unknown} value
 * @returns {value is object}
 */
const isObject = (value) => value !== null && typeof value === 'object';

/**
 * Like `Worker`, this copies only own variables, and converts them to strings.
 * @param {object} given
 */
function environment(given) {
  const env = /** @type {{ [name: string]: string }} */ (/** @type {object} */ ({ __proto__: null }));
  for (const name of Object.keys(given)) env[name] = `${/** @type {{ [name: string]: unknown }} */ (given)[name]}`;
  return env;
}

/** @param {unknown[]} given */
const strings = (given) => Array.from(given, String);

/** Copies the options that are objects themselves. Values that `Worker` refuses are left as they are. */
const COPIES = /** @type {{ [name: string]: (given: unknown) => unknown }} */ (
  /** @type {object} */ ({
    __proto__: null,
    /** @param {unknown} given */
    argv: (given) => (Array.isArray(given) ? strings(given) : given),
    /** @param {unknown} given */
    execArgv: (given) => (Array.isArray(given) ? strings(given) : given),
    /** @param {unknown} given */
    env: (given) => (isObject(given) ? environment(given) : given),
    /** @param {unknown} given */
    resourceLimits: (given) => (isObject(given) ? bareCopy(given) : given),
    /** @param {Iterable<unknown> | null | undefined} given */
    transferList: (given) => [...(given ?? [])],
  })
);

/**
 * Copies the options. Throws `ERR_INVALID_ARG_VALUE` if one cannot be read, and `ERR_OUT_OF_RANGE` for `eval`.
 * @param {object} given
 * @returns {BareWorkerOptions}
 */
function readWorkerOptions(given) {
  const options = reading(NAME, () => bareCopy(given));
  for (const name in COPIES) {
    if (name in options) options[name] = reading(`${NAME}.${name}`, () => COPIES[name](options[name]));
  }
  if (options.eval) throw errors.outOfRange(`${NAME}.eval`, 'false: a worker file is not source text', options.eval);
  return /** @type {BareWorkerOptions} */ (options);
}

module.exports = { readWorkerOptions };
