'use strict';

// The data of `native:imageInfo`.

const { OptionTable } = require('../../api/option-table');
const { bytes, file, sourceOf } = require('./fields');

/** @typedef {{ data?: import('./bytes').Bytes, file?: import('./fields').File }} ImageInfoData */

/** @type {import('../../api/option-table').OptionRows<ImageInfoData>} */
const ROWS = { __proto__: null, data: bytes, file };
const table = new OptionTable('imageInfo', ROWS, 'data');

/**
 * @param {unknown} given The data of a task.
 * @returns {unknown[]} the fields of the input.
 */
const encode = (given) => sourceOf('imageInfo', table.read(given));

module.exports = { encode };
