'use strict';

// Rows of the tables by which the data of native tasks are read, as options are; see api/option-table.js.

const path = require('node:path');
const { fileURLToPath } = require('node:url');
const errors = require('../../api/errors');
const { EXPECTED, bytesOf, isBytes } = require('./bytes');

const isString = (value) => typeof value === 'string';
const isNumber = (value) => typeof value === 'number';

const bytes = { __proto__: null, isType: isBytes, expected: EXPECTED };
const text = { __proto__: null, isType: isString, expected: 'a string' };

/** A path, or a `file:` URL: an object, or its text. */
const file = {
  __proto__: null,
  isType: (value) => isString(value) || isString(value?.href),
  expected: 'a path or a file: URL',
};

/** An integer within bounds. */
const integer = (least, most, value) => ({
  __proto__: null,
  default: value,
  isType: isNumber,
  accepts: (given) => Number.isInteger(given) && given >= least && given <= most,
  expected: `an integer from ${least} to ${most}`,
});

/** A number of bytes. */
const size = (value) => ({
  __proto__: null,
  default: value,
  isType: isNumber,
  accepts: (given) => given >= 0,
  expected: 'a non-negative number of bytes',
});

/** One of several names. */
const oneOf = (names, value) => ({
  __proto__: null,
  default: value,
  isType: isString,
  accepts: (given) => names.includes(given),
  expected: `one of ${names.join(', ')}`,
});

/**
 * The two fields of what a task reads: bytes, and a path.
 * @param {string} task Its name, for messages.
 */
function sourceOf(task, { data, file }) {
  if ((data === undefined) === (file === undefined)) {
    throw errors.invalidData(`The data of ${task} must have either data or file`);
  }
  return data === undefined ? [undefined, pathOf(file)] : [bytesOf(data), undefined];
}

function pathOf(file) {
  const given = isString(file) && !/^file:/i.test(file) ? file : fileURLToPath(isString(file) ? file : file.href);
  if (given.includes('\0')) throw errors.outOfRange('data.file', 'a path without null bytes', file);
  return path.resolve(given);
}

module.exports = { bytes, text, file, integer, size, oneOf, sourceOf };
