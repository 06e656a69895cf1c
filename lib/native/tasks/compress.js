'use strict';

// The data of `native:compress`. The formats have the order of crates/workers/src/compression/format.rs.

const errors = require('../../api/errors');
const { OptionTable } = require('../../api/option-table');
const { alsoCalled, bytes, file, number, oneOf, output, pathField, sourceOf } = require('./fields');

/**
 * The lowest and the highest level of each format, and the default: those of the formats' own tools.
 * @type {{ [format: string]: { least: number, most: number, default: number } }}
 */
const LEVELS = {
  gzip: { least: 0, most: 9, default: 6 },
  deflate: { least: 0, most: 9, default: 6 },
  'deflate-raw': { least: 0, most: 9, default: 6 },
  brotli: { least: 0, most: 11, default: 11 },
  zstd: { least: 1, most: 22, default: 3 },
  lz4: { least: 1, most: 12, default: 1 },
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
 * @param {string} format
 * @param {number | undefined} level
 */
function levelOf(format, level) {
  const { least, most, default: value } = LEVELS[format];
  if (level === undefined) return value;
  if (Number.isInteger(level) && level >= least && level <= most) return level;
  throw errors.outOfRange('data.level', `an integer from ${least} to ${most} for ${format}`, level);
}

module.exports = { FORMATS, encode };
