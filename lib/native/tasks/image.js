'use strict';

// The data of `native:image`. The names are in the order of the tables in crates/workers/src/image/.

const { OptionTable } = require('../../api/option-table');
const { colour, colourOf } = require('./colours');
const {
  alsoCalled,
  bytes,
  file,
  flag,
  integer,
  oneOf,
  output,
  pathField,
  record,
  required,
  sourceOf,
} = require('./fields');

const FITS = ['cover', 'contain', 'fill', 'inside', 'outside'];
const KERNELS = ['nearest', 'linear', 'cubic', 'mitchell', 'lanczos2', 'lanczos3'];
const FORMATS = ['jpeg', 'png', 'webp', 'raw'];
const FAIL_ON = ['none', 'truncated', 'error', 'warning'];

/** The positions, each with its synonyms. */
const POSITIONS = [
  ['centre', 'center'],
  ['north', 'top'],
  ['east', 'right'],
  ['south', 'bottom'],
  ['west', 'left'],
  ['northeast', 'right top'],
  ['southeast', 'right bottom'],
  ['southwest', 'left bottom'],
  ['northwest', 'left top'],
];

/** The largest width or height that can be requested, in pixels. */
const MAX_SIDE = 100_000_000;

/** The default of `maxPixels`: 16383 x 16383 pixels, as in sharp. */
const MAX_PIXELS = 0x3fff * 0x3fff;

/** @typedef {{ width?: number, height?: number, channels?: number }} Raw */
/** @typedef {{ left?: number, top?: number, width?: number, height?: number }} Extract */

/**
 * @typedef {object} ImageData
 * @property {import('./bytes').Bytes} [data]
 * @property {import('./fields').File} [file]
 * @property {object} [raw]
 * @property {number} [width]
 * @property {number} [height]
 * @property {string} fit
 * @property {string} position
 * @property {string} kernel
 * @property {boolean} withoutEnlargement
 * @property {string | object} [background]
 * @property {object} [extract]
 * @property {number} rotate
 * @property {boolean} autoOrient
 * @property {boolean} flip
 * @property {boolean} flop
 * @property {boolean} grayscale
 * @property {string} [format]
 * @property {number} quality
 * @property {boolean} lossless
 * @property {boolean} progressive
 * @property {string} failOn
 * @property {number} maxPixels
 * @property {import('./fields').File} [output]
 */

/** @type {import('../../api/option-table').OptionRows<ImageData>} */
const ROWS = {
  __proto__: null,
  data: bytes,
  file,
  raw: record('an object with width, height and channels'),
  width: alsoCalled(integer(1, MAX_SIDE), 'resize'),
  height: integer(1, MAX_SIDE),
  fit: oneOf(FITS, 'cover'),
  position: {
    ...oneOf(POSITIONS.flat(), 'centre'),
    __proto__: null,
    expected: `one of ${POSITIONS.flat().join(', ')} (entropy and attention are not supported)`,
  },
  kernel: oneOf(KERNELS, 'lanczos3'),
  withoutEnlargement: flag(false),
  background: alsoCalled(colour, 'flatten'),
  extract: record('an object with left, top, width and height'),
  rotate: {
    __proto__: null,
    default: 0,
    isType: (value) => typeof value === 'number',
    accepts: (angle) => Number.isSafeInteger(angle) && angle % 90 === 0,
    expected: 'a multiple of 90',
  },
  autoOrient: flag(true),
  flip: flag(false),
  flop: flag(false),
  grayscale: flag(false),
  format: oneOf([...FORMATS, 'jpg']),
  quality: integer(1, 100, 80),
  lossless: flag(false),
  progressive: flag(false),
  failOn: oneOf(FAIL_ON, 'truncated'),
  maxPixels: alsoCalled(integer(1, 2 ** 32, MAX_PIXELS), 'limitInputPixels'),
  output,
};

/** @type {import('../../api/option-table').OptionRows<Raw>} */
const RAW_ROWS = {
  __proto__: null,
  width: integer(1, MAX_SIDE),
  height: integer(1, MAX_SIDE),
  channels: integer(1, 4),
};

/** @type {import('../../api/option-table').OptionRows<Extract>} */
const EXTRACT_ROWS = {
  __proto__: null,
  left: integer(0, MAX_SIDE),
  top: integer(0, MAX_SIDE),
  width: integer(1, MAX_SIDE),
  height: integer(1, MAX_SIDE),
};

const table = new OptionTable('image', ROWS, 'data');
const rawTable = new OptionTable('raw', RAW_ROWS, 'data.raw');
const extractTable = new OptionTable('extract', EXTRACT_ROWS, 'data.extract');

/**
 * @param {object | undefined} given
 * @returns {unknown[]} the fields of `raw`.
 */
function rawOf(given) {
  if (given === undefined) return [undefined, undefined, undefined];
  const { width, height, channels } = rawTable.read(given);
  return [required('raw.width', width), required('raw.height', height), required('raw.channels', channels)];
}

/**
 * @param {object | undefined} given
 * @returns {unknown[]} the fields of `extract`.
 */
function extractOf(given) {
  if (given === undefined) return [undefined, undefined, undefined, undefined];
  const { left, top, width, height } = extractTable.read(given);
  return [
    required('extract.left', left),
    required('extract.top', top),
    required('extract.width', width),
    required('extract.height', height),
  ];
}

/** @param {string | undefined} name */
function formatOf(name) {
  if (name === undefined) return undefined;
  return FORMATS.indexOf(name === 'jpg' ? 'jpeg' : name);
}

/**
 * @param {unknown} given The data of a task.
 * @returns {unknown[]} the fields of the input.
 */
function encode(given) {
  const data = table.read(given);
  return [
    ...sourceOf('image', data),
    ...rawOf(data.raw),
    data.width,
    data.height,
    FITS.indexOf(data.fit),
    POSITIONS.findIndex((names) => names.includes(data.position)),
    data.withoutEnlargement,
    KERNELS.indexOf(data.kernel),
    ...colourOf(data.background),
    ...extractOf(data.extract),
    (((data.rotate / 90) % 4) + 4) % 4,
    data.autoOrient,
    data.flip,
    data.flop,
    data.grayscale,
    formatOf(data.format),
    data.quality,
    data.lossless,
    data.progressive,
    FAIL_ON.indexOf(data.failOn),
    data.maxPixels,
    pathField('data.output', data.output),
  ];
}

module.exports = { encode };
