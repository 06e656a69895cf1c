'use strict';

// The data of `native:deriveKey`. The costs of scrypt have the names of node:crypto.

const errors = require('../../api/errors');
const { OptionTable } = require('../../api/option-table');
const { bytesOf } = require('./bytes');
const { COST_ROWS, DIGESTS, U32, checkCosts, costFields, withoutRanges } = require('./costs');
const { alsoCalled, bytes, integer, oneOf, required, size } = require('./fields');
const { DEFAULTS, MAX_MEMORY } = require('./hash-password');

/** @typedef {import('./bytes').Bytes} Bytes */
/**
 * @template Value
 * @typedef {import('../../api/option-table').OptionRow<Value>} Row
 */

/**
 * @typedef {object} KeyCosts
 * @property {number} [N]
 * @property {number} [cost] The same as `N`.
 * @property {number} [r]
 * @property {number} [blockSize] The same as `r`.
 * @property {number} [p]
 * @property {number} [parallelization] The same as `p`.
 * @property {number} [memory] In KiB.
 * @property {number} [iterations]
 * @property {number} [passes] The same as `iterations`.
 * @property {number} [parallelism]
 * @property {string} [digest]
 * @property {Bytes} [info]
 */

/**
 * @typedef {object} KeyInput
 * @property {Bytes} [password]
 * @property {Bytes} [salt]
 * @property {string} algorithm
 * @property {number} length In bytes.
 * @property {number} maxMemory In bytes.
 */

/** @typedef {KeyCosts & KeyInput} DeriveKeyData */

/** @type {Row<number>} */
const powerOfTwo = {
  __proto__: null,
  isType: (value) => typeof value === 'number',
  accepts: (value) => value > 1 && value < 2 ** 64 && Number.isInteger(Math.log2(value)),
  expected: 'a power of two, at least 2',
};

/** @type {import('../../api/option-table').OptionRows<KeyCosts>} */
const KEY_COST_ROWS = {
  __proto__: null,
  N: powerOfTwo,
  cost: powerOfTwo,
  r: COST_ROWS.r,
  blockSize: COST_ROWS.r,
  p: COST_ROWS.p,
  parallelization: COST_ROWS.p,
  memory: COST_ROWS.memory,
  iterations: COST_ROWS.iterations,
  passes: COST_ROWS.iterations,
  parallelism: COST_ROWS.parallelism,
  digest: COST_ROWS.digest,
  info: bytes,
};

/**
 * The costs of each algorithm.
 * @type {{ [algorithm: string]: string[] }}
 */
const KEY_COSTS_OF = {
  scrypt: ['N', 'cost', 'r', 'blockSize', 'p', 'parallelization'],
  pbkdf2: ['iterations', 'digest'],
  hkdf: ['digest', 'info'],
  argon2id: ['memory', 'iterations', 'passes', 'parallelism'],
};

/** @type {import('../../api/option-table').OptionRows<DeriveKeyData>} */
const ROWS = {
  ...withoutRanges(KEY_COST_ROWS),
  __proto__: null,
  password: bytes,
  salt: bytes,
  algorithm: oneOf(Object.keys(KEY_COSTS_OF), 'scrypt'),
  length: alsoCalled(integer(1, U32, 32), 'keylen'),
  maxMemory: size(MAX_MEMORY),
};

const table = new OptionTable('deriveKey', ROWS, 'data');

/**
 * @param {unknown} given The data of a task.
 * @returns {unknown[]} the fields of the input.
 */
function encode(given) {
  const data = table.read(given);
  const { algorithm } = data;
  checkCosts(algorithm, KEY_COSTS_OF[algorithm], KEY_COST_ROWS, data);
  return [
    bytesOf(required('password', data.password)),
    bytesOf(required('salt', data.salt)),
    data.length,
    data.maxMemory,
    ...derivationFields(data),
  ];
}

/** @param {DeriveKeyData} data */
function derivationFields(data) {
  switch (data.algorithm) {
    case 'hkdf':
      return [bytesOf(data.info ?? ''), DIGESTS.indexOf(data.digest ?? 'sha256')];
    case 'scrypt': {
      const ln = Math.log2(either(data, 'N', 'cost') ?? 16_384);
      const r = either(data, 'r', 'blockSize') ?? 8;
      const p = either(data, 'p', 'parallelization') ?? 1;
      return [undefined, ...costFields('scrypt', { ln, r, p })];
    }
    case 'argon2id': {
      const iterations = either(data, 'iterations', 'passes');
      const { memory, parallelism } = data;
      return [undefined, ...costFields('argon2id', { memory, iterations, parallelism }, DEFAULTS.argon2id)];
    }
    default: {
      const { iterations, digest } = data;
      return [undefined, ...costFields('pbkdf2', { iterations, digest })];
    }
  }
}

/**
 * Returns the value of a cost that has two names.
 * @template {keyof KeyCosts} Name
 * @param {KeyCosts} given
 * @param {Name} name
 * @param {Name} other
 * @returns {KeyCosts[Name]}
 */
function either(given, name, other) {
  if (given[name] !== undefined && given[other] !== undefined) {
    throw errors.invalidData(`data.${name} and data.${other} are the same cost`);
  }
  return given[name] ?? given[other];
}

module.exports = { encode };
