'use strict';

// The addon, as the generated loader finds it: built here, or from the package of this platform.

const process = require('node:process');
const errors = require('./errors');

const { env } = process;
const { getPrototypeOf, setPrototypeOf } = Reflect;

function load() {
  // The loader reads variables of the environment. What they inherit from Object.prototype are none.
  const inherited = getPrototypeOf(env);
  setPrototypeOf(env, null);
  try {
    return require('../native.js');
  } catch (cause) {
    throw isDisabled(cause) ? errors.addonsDisabled(cause, process) : errors.addonMissing(cause);
  } finally {
    setPrototypeOf(env, inherited);
  }
}

/** Whether Node.js has refused to load an addon. The loader puts the errors of all its attempts in a chain. */
function isDisabled(error) {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (/loading addons is disabled/.test(cause.message)) return true;
  }
  return false;
}

module.exports = load();
