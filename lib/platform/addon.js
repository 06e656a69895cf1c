'use strict';

// The addon, as the generated loader finds it: built here, or from the package of this platform.

const { env } = require('node:process');
const errors = require('../api/errors');

const { getPrototypeOf, setPrototypeOf } = Reflect;

function load() {
  // The loader reads variables of the environment. What they inherit from Object.prototype are none.
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
