'use strict';

// The `workerOptions` of a pool. Node.js knows what they are, so names that this package does not know are passed on.
// They are read once, when the pool is made, and copied to objects that inherit nothing: so `Worker` sees no property
// that the caller did not pass.

const errors = require('./errors');
const { bareCopy, reading } = require('./properties');

const NAME = 'options.workerOptions';

const isObject = (value) => value !== null && typeof value === 'object';

/** Like `Worker`, which takes an object's own variables only, and strings. */
function environment(given) {
  const env = { __proto__: null };
  for (const name of Object.keys(given)) env[name] = `${given[name]}`;
  return env;
}

const words = (given) => Array.from(given, String);

/** How an option is copied in which something is nested. What `Worker` refuses is left as it is. */
const COPIES = {
  __proto__: null,
  argv: (given) => (Array.isArray(given) ? words(given) : given),
  execArgv: (given) => (Array.isArray(given) ? words(given) : given),
  env: (given) => (isObject(given) ? environment(given) : given),
  resourceLimits: (given) => (isObject(given) ? bareCopy(given) : given),
  transferList: (given) => [...(given ?? [])],
};

/** @returns the options of `Worker` in an object without a prototype. */
function readWorkerOptions(given) {
  const options = reading(NAME, () => bareCopy(given));
  for (const name in COPIES) {
    if (name in options) options[name] = reading(`${NAME}.${name}`, () => COPIES[name](options[name]));
  }
  if (options.eval) throw errors.outOfRange(`${NAME}.eval`, 'false: a worker file is no source', options.eval);
  return options;
}

module.exports = { readWorkerOptions };
