'use strict';

// Parses colours: '#rrggbb', '#rrggbbaa' or { r, g, b, alpha }.

const { OptionTable } = require('../../api/option-table');
const { integer } = require('./fields');

const HEX = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})?$/i;

/** @typedef {{ r: number, g: number, b: number, alpha: number }} Colour */

/** @type {import('../../api/option-table').OptionRow<string | object>} */
const colour = {
  __proto__: null,
  isType: (value) => typeof value === 'string' || (typeof value === 'object' && !Array.isArray(value)),
  accepts: (value) => typeof value !== 'string' || HEX.test(value),
  expected: "'#rrggbb', '#rrggbbaa' or an object with r, g, b and alpha",
};

/** @type {import('../../api/option-table').OptionRows<Colour>} */
const ROWS = {
  __proto__: null,
  r: integer(0, 255, 0),
  g: integer(0, 255, 0),
  b: integer(0, 255, 0),
  alpha: {
    __proto__: null,
    default: 1,
    isType: (value) => typeof value === 'number',
    accepts: (value) => value >= 0 && value <= 1,
    expected: 'a number from 0 to 1',
  },
};

const table = new OptionTable('background', ROWS, 'data.background');

/**
 * Returns red, green, blue and alpha, each from 0 to 255, or `undefined` if no colour is given.
 * @param {string | object | undefined} given
 * @returns {(number | undefined)[]}
 */
function colourOf(given) {
  if (given === undefined) return [undefined, undefined, undefined, undefined];
  if (typeof given === 'string') {
    const digits = /** @type {RegExpExecArray} */ (HEX.exec(given));
    return [1, 2, 3, 4].map((group) => Number.parseInt(digits[group] ?? 'ff', 16));
  }
  const { r, g, b, alpha } = table.read(given);
  return [r, g, b, Math.round(alpha * 255)];
}

module.exports = { colour, colourOf };
