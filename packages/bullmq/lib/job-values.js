'use strict';

// `encode` and `decode`: values that JSON cannot hold, in the data and results of ordinary jobs.

const { packValue, unpackValue } = require('./wire/envelope');

/** The longest text that is certain to fit into a string. */
const MAX_SIZE = 256 * 2 ** 20;

module.exports = {
  /**
   * @param {unknown} value
   * @returns {unknown} JSON for the data of a job. `processor` passes `value` to the task.
   */
  encode: (value) => packValue(value, { what: 'value', limit: MAX_SIZE, option: 'the limit of encode' }),

  /**
   * @param {unknown} stored The `returnvalue` of a job, or what `encode` has returned.
   * @returns {unknown} the value.
   */
  decode: unpackValue,
};
