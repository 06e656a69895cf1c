'use strict';

// The algorithms that hash passwords, and their costs. The names have the order of crates/workers/src/password/costs.rs.

const errors = require('../../api/errors');
const { integer, oneOf } = require('./fields');

const U32 = 2 ** 32 - 1;

const DIGESTS = ['sha1', 'sha224', 'sha256', 'sha384', 'sha512'];
const ALGORITHMS = ['argon2id', 'argon2i', 'argon2d', 'bcrypt', 'scrypt', 'pbkdf2'];

/**
 * Costs as callers pass them. Each algorithm has some.
 * @typedef {object} Costs
 * @property {number} [memory] In KiB.
 * @property {number} [iterations]
 * @property {number} [parallelism]
 * @property {number} [cost]
 * @property {number} [ln]
 * @property {number} [r]
 * @property {number} [p]
 * @property {string} [digest]
 */

/** @typedef {keyof Costs} CostName */

/** @type {CostName[]} */
const ARGON2 = ['memory', 'iterations', 'parallelism'];

/**
 * The costs of each algorithm, in the order in which the addon reads them.
 * @type {{ [algorithm: string]: CostName[] }}
 */
const COSTS_OF = {
  argon2id: ARGON2,
  argon2i: ARGON2,
  argon2d: ARGON2,
  bcrypt: ['cost'],
  scrypt: ['ln', 'r', 'p'],
  pbkdf2: ['iterations', 'digest'],
};

/**
 * Rows without defaults, which depend on the algorithm.
 * @type {import('../../api/option-table').OptionRows<Costs>}
 */
const COST_ROWS = {
  __proto__: null,
  memory: integer(8, U32),
  iterations: integer(1, U32),
  parallelism: integer(1, 2 ** 24 - 1),
  cost: integer(4, 31),
  ln: integer(1, 63),
  r: integer(1, U32),
  p: integer(1, U32),
  digest: oneOf(DIGESTS),
};

/**
 * Refuses costs of other algorithms.
 * @param {string} algorithm
 * @param {string[]} own The names of its costs.
 * @param {string[]} all The names of all costs.
 * @param {object} given
 */
function checkCosts(algorithm, own, all, given) {
  const values = /** @type {{ [name: string]: unknown }} */ (given);
  for (const name of all) {
    if (values[name] === undefined || own.includes(name)) continue;
    throw errors.invalidData(`data.${name} is no cost of ${algorithm}; its costs are ${own.join(', ')}`);
  }
}

/**
 * Returns the fields of an algorithm and its costs.
 * @param {string} algorithm
 * @param {Costs} given
 * @param {Costs} [defaults] Costs without a default are required.
 * @returns {number[]}
 */
function costFields(algorithm, given, defaults = {}) {
  const costs = COSTS_OF[algorithm].map((name) => {
    const cost = given[name] ?? defaults[name];
    if (cost === undefined) throw errors.invalidData(`data.${name} is required for ${algorithm}`);
    return typeof cost === 'string' ? DIGESTS.indexOf(cost) : cost;
  });
  return [ALGORITHMS.indexOf(algorithm), ...costs];
}

module.exports = { ALGORITHMS, COSTS_OF, COST_ROWS, DIGESTS, U32, checkCosts, costFields };
