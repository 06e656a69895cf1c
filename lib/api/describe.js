'use strict';

// How a value that was passed looks in an error message.

const { inspect } = require('node:util');

const LONGEST = 4096;

/**
 * The text of any value, for an error message: what a template literal makes of it where it makes
 * anything of it, cut where it is very long. Never throws, unlike a template literal (symbols, objects
 * without a prototype, objects and proxies whose methods throw).
 */
function describe(value) {
  const text = textOf(value);
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
}

function textOf(value) {
  try {
    return String(value);
  } catch {
    try {
      return inspect(value, { __proto__: null, customInspect: false, depth: 0 });
    } catch {
      return `[${typeof value}]`;
    }
  }
}

/** The message of what was thrown, which need not be an Error. Never throws. */
function messageOf(thrown) {
  try {
    return describe(thrown instanceof Error ? thrown.message : thrown);
  } catch {
    return describe(thrown);
  }
}

module.exports = { describe, messageOf };
