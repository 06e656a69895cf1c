'use strict';

// The data of `native:verifyPassword`.

const { OptionTable } = require('../../api/option-table');
const { bytesOf } = require('./bytes');
const { bytes, required, size, text } = require('./fields');
const { MAX_MEMORY } = require('./hash-password');

/** @typedef {{ password?: import('./bytes').Bytes, hash?: string, maxMemory: number }} VerifyPasswordData */

/** @type {import('../../api/option-table').OptionRows<VerifyPasswordData>} */
const ROWS = { __proto__: null, password: bytes, hash: text, maxMemory: size(MAX_MEMORY) };

const table = new OptionTable('verifyPassword', ROWS, 'data');

/**
 * @param {unknown} given The data of a task.
 * @returns {unknown[]} the fields of the input.
 */
function encode(given) {
  const { password, hash, maxMemory } = table.read(given);
  return [bytesOf(required('password', password)), required('hash', hash), maxMemory];
}

module.exports = { encode };
