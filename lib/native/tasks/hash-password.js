'use strict';

// The data of `native:hashPassword`.

const { OptionTable } = require('../../api/option-table');
const { bytesOf } = require('./bytes');
const { ALGORITHMS, COSTS_OF, COST_ROWS, checkCosts, costFields, withoutRanges } = require('./costs');
const { alsoCalled, bytes, oneOf, required, size } = require('./fields');

/** @typedef {import('./bytes').Bytes} Bytes */
/** @typedef {import('./costs').Costs} Costs */
/** @typedef {Costs & { password?: Bytes, algorithm: string, salt?: Bytes, maxMemory: number }} HashPasswordData */

const ARGON2 = { memory: 19_456, iterations: 2, parallelism: 1 };

/** @type {{ [algorithm: string]: Costs }} */
const DEFAULTS = {
  argon2id: ARGON2,
  argon2i: ARGON2,
  argon2d: ARGON2,
  bcrypt: { cost: 12 },
  scrypt: { ln: 17, r: 8, p: 1 },
  pbkdf2: { iterations: 600_000, digest: 'sha256' },
};

/** The default of `maxMemory`, in bytes. */
const MAX_MEMORY = 2 ** 30;

/** @type {import('../../api/option-table').OptionRows<HashPasswordData>} */
const ROWS = {
  ...withoutRanges(COST_ROWS),
  __proto__: null,
  password: bytes,
  algorithm: alsoCalled(oneOf(ALGORITHMS, 'argon2id'), 'type'),
  salt: bytes,
  maxMemory: size(MAX_MEMORY),
};

const table = new OptionTable('hashPassword', ROWS, 'data');

/**
 * @param {unknown} given The data of a task.
 * @returns {unknown[]} the fields of the input.
 */
function encode(given) {
  const data = table.read(given);
  const { algorithm } = data;
  checkCosts(algorithm, COSTS_OF[algorithm], COST_ROWS, data);
  return [
    bytesOf(required('password', data.password)),
    data.salt === undefined ? undefined : bytesOf(data.salt),
    data.maxMemory,
    ...costFields(algorithm, data, DEFAULTS[algorithm]),
  ];
}

module.exports = { DEFAULTS, MAX_MEMORY, encode };
