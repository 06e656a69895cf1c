'use strict';

// How a value that was passed looks in an error message.

const { inspect } = require('node:util');

/**
 * The text of any value, for an error message: what a template literal makes of it where it makes
 * anything of it. Never throws, unlike a template literal (symbols, objects without a prototype,
 * objects and proxies whose methods throw).
 */
function describe(value) {
  try {
    return String(value);
  } catch {
    try {
      return inspect(value, { customInspect: false, depth: 0 });
    } catch {
      return `[${typeof value}]`;
    }
  }
}

module.exports = { describe };
