'use strict';

// The data of `native:verifyPassword`.

const errors = require('../../api/errors');
const { OptionTable } = require('../../api/option-table');
const { bytes, size, text } = require('./fields');
const { MAX_MEMORY, passwordOf } = require('./hash-password');

const fields = new OptionTable(
  'verifyPassword',
  { __proto__: null, password: bytes, hash: text, maxMemory: size(MAX_MEMORY) },
  'data',
);

/** @param {unknown} data The data of a task. @returns {unknown[]} its fields. */
function encode(data) {
  const { password, hash, maxMemory } = fields.read(data);
  if (hash === undefined) throw errors.invalidData('data.hash is required');
  return [passwordOf(password), hash, maxMemory];
}

module.exports = { encode };
