'use strict';

// The algorithms that hash passwords, and their costs. The names have the order of crates/workers/src/password/costs.rs.

const errors = require('../../api/errors');
const { alsoCalled, integer, oneOf } = require('./fields');

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
  memory: alsoCalled(integer(8, U32), 'memoryCost'),
  iterations: alsoCalled(integer(1, U32), 'timeCost'),
  parallelism: integer(1, 2 ** 24 - 1),
  cost: alsoCalled(integer(4, 31), 'rounds', 'saltRounds'),
  ln: alsoCalled(integer(1, 63), 'N'),
  r: integer(1, U32),
  p: integer(1, U32),
  digest: oneOf(DIGESTS),
};

/**
 * Returns rows that check types only: whether a cost is out of range depends on the algorithm, see `checkCosts`.
 * @template {object} Rows
 * @param {Rows} rows
 * @returns {Rows}
 */
function withoutRanges(rows) {
  /** @type {{ [name: string]: object | null }} */
  const copy = { __proto__: null };
  for (const [name, row] of Object.entries(rows)) copy[name] = { ...row, __proto__: null, accepts: undefined };
  return /** @type {Rows} */ (copy);
}

/**
 * Refuses costs of other algorithms, and costs out of range.
 * @param {string} algorithm
 * @param {string[]} own The names of its costs.
 * @param {object} rows The rows of all costs.
 * @param {object} given
 */
function checkCosts(algorithm, own, rows, given) {
  const values = /** @type {{ [name: string]: unknown }} */ (given);
  /** @type {[string, import('../../api/option-table').OptionRow<unknown>][]} */
  const costs = Object.entries(rows);
  for (const [name, { accepts, expected }] of costs) {
    const value = values[name];
    if (value === undefined) continue;
    if (!own.includes(name)) {
      throw errors.invalidData(`data.${name} is not a cost of ${algorithm}; its costs are ${own.join(', ')}`);
    }
    if (accepts !== undefined && !accepts(value)) throw errors.outOfRange(`data.${name}`, expected, value);
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

module.exports = { ALGORITHMS, COSTS_OF, COST_ROWS, DIGESTS, U32, checkCosts, costFields, withoutRanges };
