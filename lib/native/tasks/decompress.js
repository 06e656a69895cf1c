'use strict';

// The data of `native:decompress`. The formats are in the order of crates/workers/src/compression/decompress.rs.

const { OptionTable } = require('../../api/option-table');
const { FORMATS } = require('./compress');
const { alsoCalled, bytes, file, oneOf, output, pathField, size, sourceOf } = require('./fields');

const ALL = ['auto', ...FORMATS];

/** The default of `maxOutputLength` in bytes: 1 GiB. */
const MAX_OUTPUT_LENGTH = 2 ** 30;

/** @typedef {import('./bytes').Bytes} Bytes */
/** @typedef {import('./fields').File} File */
/**
 * @typedef {object} DecompressData
 * @property {Bytes} [data]
 * @property {File} [file]
 * @property {string} format
 * @property {number} maxOutputLength In bytes.
 * @property {File} [output]
 */

/** @type {import('../../api/option-table').OptionRows<DecompressData>} */
const ROWS = {
  __proto__: null,
  data: bytes,
  file,
  format: alsoCalled(oneOf(ALL, 'auto'), 'algorithm', 'encoding'),
  maxOutputLength: size(MAX_OUTPUT_LENGTH),
  output,
};

const table = new OptionTable('decompress', ROWS, 'data');

/**
 * @param {unknown} given The data of a task.
 * @returns {unknown[]} the fields of the input.
 */
function encode(given) {
  const data = table.read(given);
  return [
    ...sourceOf('decompress', data),
    ALL.indexOf(data.format),
    data.maxOutputLength,
    pathField('data.output', data.output),
  ];
}

module.exports = { encode };
