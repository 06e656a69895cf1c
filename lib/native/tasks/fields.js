'use strict';

// Rows of the tables that describe the data of native tasks. Data is read like options, see api/option-table.js.

const path = require('node:path');
const { fileURLToPath } = require('node:url');
const errors = require('../../api/errors');
const { bytesOf, isBytes } = require('./bytes');

/** @typedef {import('./bytes').Bytes} Bytes */
/** @typedef {string | { href: string }} File A path, or a `file:` URL: an object or its text. */
/**
 * @template Value
 * @typedef {import('../../api/option-table').OptionRow<Value>} Row
 */

/**
 * @param {unknown} value
 * @returns {value is string}
 */
const isString = (value) => typeof value === 'string';
/** @param {unknown} value */
const isNumber = (value) => typeof value === 'number';
/** @param {unknown} value */
const isBoolean = (value) => typeof value === 'boolean';
/** @param {unknown} value */
const isObject = (value) => typeof value === 'object';
/** @param {any} value */
const isFile = (value) => isString(value) || isString(value?.href);

/** @type {Row<Bytes>} */
const bytes = {
  __proto__: null,
  isType: isBytes,
  expected: 'a string, an ArrayBuffer or a view of one',
  isSecret: true,
};

/**
 * Text that may be secret.
 * @type {Row<string>}
 */
const text = { __proto__: null, isType: isString, expected: 'a string', isSecret: true };

/** @type {Row<File>} */
const filePath = { __proto__: null, isType: isFile, expected: 'a path or a file: URL' };

/**
 * A field that other libraries call otherwise.
 * @template Value
 * @param {Row<Value>} row
 * @param {string[]} otherNames
 * @returns {Row<Value>}
 */
const alsoCalled = (row, ...otherNames) => ({ ...row, __proto__: null, otherNames });

/** The file that a task reads. */
const file = alsoCalled(filePath, 'path', 'filename', 'input', 'src');

/** The file that a task writes. */
const output = alsoCalled(filePath, 'out', 'dest', 'destination');

/** @type {Row<number>} */
const number = { __proto__: null, isType: isNumber, expected: 'a number' };

/**
 * A boolean.
 * @param {boolean} value The default.
 * @returns {Row<boolean>}
 */
const flag = (value) => ({ __proto__: null, default: value, isType: isBoolean, expected: 'a boolean' });

/**
 * An object. Its fields are read with a table of their own.
 * @param {string} expected Describes the object in messages.
 * @returns {Row<object>}
 */
const record = (expected) => ({ __proto__: null, isType: isObject, expected });

/**
 * An integer within bounds.
 * @param {number} min
 * @param {number} max
 * @param {number} [value] The default.
 * @returns {Row<number>}
 */
const integer = (min, max, value) => ({
  __proto__: null,
  default: value,
  isType: isNumber,
  accepts: (given) => Number.isInteger(given) && given >= min && given <= max,
  expected: `an integer from ${min} to ${max}`,
});

/**
 * A number of bytes.
 * @param {number} value The default.
 * @returns {Row<number>}
 */
const size = (value) => ({
  __proto__: null,
  default: value,
  isType: isNumber,
  accepts: (given) => given >= 0,
  expected: 'a non-negative number of bytes',
});

/**
 * One of several names.
 * @param {string[]} names
 * @param {string} [value] The default.
 * @returns {Row<string>}
 */
const oneOf = (names, value) => ({
  __proto__: null,
  default: value,
  isType: isString,
  accepts: (given) => names.includes(given),
  expected: `one of ${names.join(', ')}`,
});

/**
 * Returns the two fields of a task's input: the bytes and the path. One of them is undefined.
 * @param {string} task The task's name, for messages.
 * @param {{ data?: Bytes, file?: File }} given
 * @returns {[data: string | Uint8Array | undefined, file: string | undefined]}
 */
function sourceOf(task, { data, file }) {
  if (data !== undefined && file === undefined) return [bytesOf(data), undefined];
  if (data === undefined && file !== undefined) return [undefined, pathOf('data.file', file)];
  const present = data === undefined ? 'neither is' : 'both are';
  throw errors.invalidData(`The data of ${task} must have either data or file; ${present} present`);
}

/**
 * @param {string} name The field's name, for messages.
 * @param {File} file
 */
function pathOf(name, file) {
  const isPath = isString(file) && !/^file:/i.test(file);
  const given = isPath ? file : fileURLToPath(isString(file) ? file : file.href);
  if (given.includes('\0')) throw errors.outOfRange(name, 'a path without null bytes', file);
  return given === '' ? '' : path.resolve(given); // no file has the empty path, not even the working directory
}

/**
 * Returns the path of an optional file.
 * @param {string} name The field's name, for messages.
 * @param {File | undefined} file
 */
const pathField = (name, file) => (file === undefined ? undefined : pathOf(name, file));

/**
 * Returns the value of a required field.
 * @template Value
 * @param {string} name
 * @param {Value | undefined} value
 * @returns {Value}
 */
function required(name, value) {
  if (value === undefined) throw errors.invalidData(`data.${name} is required`);
  return value;
}

module.exports = {
  alsoCalled,
  bytes,
  file,
  flag,
  integer,
  number,
  oneOf,
  output,
  pathField,
  record,
  required,
  size,
  sourceOf,
  text,
};
