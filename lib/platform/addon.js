'use strict';

// Loads the addon through the generated loader: a local build, or the package of this platform.

const { env } = require('node:process');
const errors = require('../api/errors');

const { getPrototypeOf, setPrototypeOf } = Reflect;

/**
 * @returns {typeof import('../../native')}
 * @throws {Error} `ERR_DLOPEN_FAILED` if the addon cannot be loaded.
 */
function load() {
  // The loader reads environment variables. It must not read properties of Object.prototype instead.
  const inherited = getPrototypeOf(env);
  setPrototypeOf(env, null);
  try {
    return require('../../native.js');
  } catch (cause) {
    throw errors.addonMissing(cause);
  } finally {
    setPrototypeOf(env, inherited);
  }
}

module.exports = load();
