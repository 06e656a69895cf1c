'use strict';

// The addon, as the generated loader finds it: built here, or from the package of this platform.

const errors = require('./errors');

function load() {
  try {
    return require('../native.js');
  } catch (cause) {
    throw errors.addonMissing(cause);
  }
}

module.exports = load();
