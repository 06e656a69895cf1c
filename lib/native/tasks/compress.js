'use strict';

// The data of `native:compress`. The formats are in the order of crates/workers/src/compression/format.rs.

const errors = require('../../api/errors');
const { OptionTable } = require('../../api/option-table');
const { alsoCalled, bytes, file, number, oneOf, output, pathField, sourceOf } = require('./fields');

/**
 * The lowest, the highest and the default level of each format, as in the format's command-line tool.
 * @type {{ [format: string]: { min: number, max: number, default: number } }}
 */
const LEVELS = {
  gzip: { min: 0, max: 9, default: 6 },
  deflate: { min: 0, max: 9, default: 6 },
  'deflate-raw': { min: 0, max: 9, default: 6 },
  brotli: { min: 0, max: 11, default: 11 },
  zstd: { min: 1, max: 22, default: 3 },
  lz4: { min: 1, max: 12, default: 1 },
};

const FORMATS = Object.keys(LEVELS);

/** @typedef {import('./bytes').Bytes} Bytes */
/** @typedef {import('./fields').File} File */
/** @typedef {{ data?: Bytes, file?: File, format: string, level?: number, output?: File }} CompressData */

/** @type {import('../../api/option-table').OptionRows<CompressData>} */
const ROWS = {
  __proto__: null,
  data: bytes,
  file,
  format: alsoCalled(oneOf(FORMATS, 'gzip'), 'algorithm', 'encoding'),
  level: alsoCalled(number, 'quality', 'compressionLevel'),
  output,
};

const table = new OptionTable('compress', ROWS, 'data');

/**
 * @param {unknown} given The data of a task.
 * @returns {unknown[]} the fields of the input.
 */
function encode(given) {
  const data = table.read(given);
  return [
    ...sourceOf('compress', data),
    FORMATS.indexOf(data.format),
    levelOf(data.format, data.level),
    pathField('data.output', data.output),
  ];
}

/**
 * Returns the level, or the default level of the format.
 * @param {string} format
 * @param {number | undefined} level
 */
function levelOf(format, level) {
  const { min, max, default: value } = LEVELS[format];
  if (level === undefined) return value;
  if (Number.isInteger(level) && level >= min && level <= max) return level;
  throw errors.outOfRange('data.level', `an integer from ${min} to ${max} for ${format}`, level);
}

module.exports = { FORMATS, encode };
