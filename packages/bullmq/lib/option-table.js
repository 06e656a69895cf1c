'use strict';

// Reads the options of every method from a table.

const errors = require('./errors');

/**
 * @typedef {object} Row
 * @property {unknown} [default] Replaces `undefined` and `null`.
 * @property {(value: any) => boolean} isType
 * @property {(value: any) => boolean} [accepts] Checks the value, where the type is not enough.
 * @property {string} expected Describes accepted values in messages: "a boolean".
 */

/** @param {unknown} value */
const isNumber = (value) => typeof value === 'number';

/** Rows that several tables have. */
const rows = {
  limit: {
    default: Infinity,
    isType: isNumber,
    accepts: (/** @type {number} */ value) => value >= 0,
    expected: 'a non-negative number of milliseconds or Infinity',
  },
  bytes: {
    isType: isNumber,
    // Base64 and JSON of it must fit into the longest string of V8.
    accepts: (/** @type {number} */ value) => Number.isInteger(value) && value >= 1 && value <= 256 * 2 ** 20,
    expected: 'an integer from 1 to 268435456 (256 MiB)',
  },
  text: { isType: (/** @type {unknown} */ value) => typeof value === 'string', expected: 'a string' },
  flag: { default: false, isType: (/** @type {unknown} */ value) => typeof value === 'boolean', expected: 'a boolean' },
  callback: { isType: (/** @type {unknown} */ value) => typeof value === 'function', expected: 'a function' },
  signal: {
    isType: (/** @type {any} */ value) =>
      typeof value === 'object' && 'aborted' in value && typeof value.addEventListener === 'function',
    expected: 'an AbortSignal',
  },
};

/**
 * @param {string} method Its name in messages.
 * @param {{ [name: string]: Row }} table
 * @returns {(given: unknown) => any} reads options. Throws a TypeError or RangeError that names the wrong option.
 */
function optionReader(method, table) {
  const names = Object.keys(table);
  return (given) => {
    const passed = given ?? {};
    if (typeof passed !== 'object' || Array.isArray(passed)) throw errors.invalidType('options', 'an object', given);
    for (const name of Object.keys(passed)) {
      if (!names.includes(name)) throw errors.unknownOption(method, name, names);
    }
    /** @type {{ [name: string]: unknown }} */
    const options = {};
    for (const name of names) {
      const row = table[name];
      const value = Object.hasOwn(passed, name) ? /** @type {any} */ (passed)[name] : undefined;
      options[name] = value ?? row.default;
      if (value === undefined || value === null) continue;
      if (!row.isType(value)) throw errors.invalidType(`options.${name}`, row.expected, value);
      if (row.accepts?.(value) === false) throw errors.outOfRange(`options.${name}`, row.expected, value);
    }
    return options;
  };
}

module.exports = { optionReader, rows };
