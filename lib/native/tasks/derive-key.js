'use strict';

// The data of `native:deriveKey`. The names of scrypt's costs are those of node:crypto.

const errors = require('../../api/errors');
const { OptionTable } = require('../../api/option-table');
const { bytesOf } = require('./bytes');
const { COSTS, DIGESTS, ROWS, U32, checkCosts } = require('./costs');
const { bytes, integer, oneOf, size } = require('./fields');
const { DEFAULTS, MAX_MEMORY, costsOf, passwordOf } = require('./hash-password');

const { ln, r, p, cost, ...PLAIN } = ROWS;

/** The costs of scrypt, each with its second name. */
const SCRYPT = { __proto__: null, N: 'cost', r: 'blockSize', p: 'parallelization' };

const scryptN = {
  __proto__: null,
  isType: (value) => typeof value === 'number',
  accepts: (value) => Number.isInteger(Math.log2(value)) && value > 1 && value < 2 ** 64,
  expected: 'a power of two, at least 2',
};

const COST_ROWS = {
  ...PLAIN,
  __proto__: null,
  N: scryptN,
  cost: scryptN,
  r,
  blockSize: r,
  p,
  parallelization: p,
  passes: ROWS.iterations,
  info: bytes,
};

const fields = new OptionTable(
  'deriveKey',
  {
    ...COST_ROWS,
    __proto__: null,
    password: bytes,
    salt: bytes,
    algorithm: oneOf(['scrypt', 'pbkdf2', 'hkdf', 'argon2id'], 'scrypt'),
    length: integer(1, U32, 32),
    maxMemory: size(MAX_MEMORY),
  },
  'data',
);

const NAMES = {
  __proto__: null,
  scrypt: ['N', 'cost', 'r', 'blockSize', 'p', 'parallelization'],
  pbkdf2: COSTS.pbkdf2,
  hkdf: COSTS.hkdf,
  argon2id: [...COSTS.argon2id, 'passes'],
};

/** @param {unknown} data The data of a task. @returns {unknown[]} its fields. */
function encode(data) {
  const given = fields.read(data);
  const { password, salt, algorithm, length, maxMemory } = given;
  if (salt === undefined) throw errors.invalidData('data.salt is required');
  checkCosts(algorithm, given, Object.keys(COST_ROWS), NAMES[algorithm]);
  return [passwordOf(password), bytesOf(salt), length, maxMemory, ...derivationOf(algorithm, given)];
}

function derivationOf(algorithm, given) {
  switch (algorithm) {
    case 'hkdf':
      return [bytesOf(given.info ?? ''), DIGESTS.indexOf(given.digest ?? 'sha256')];
    case 'scrypt': {
      const [N = 16_384, r = 8, p = 1] = Object.keys(SCRYPT).map((name) => either(given, name, SCRYPT[name]));
      return [undefined, ...costsOf('scrypt', { ln: Math.log2(N), r, p }, {})];
    }
    case 'argon2id':
      return [
        undefined,
        ...costsOf(algorithm, { ...given, iterations: either(given, 'iterations', 'passes') }, DEFAULTS.argon2id),
      ];
    default:
      return [undefined, ...costsOf(algorithm, given, {})];
  }
}

/** The value of a cost that has two names. */
function either(given, name, other) {
  if (given[name] !== undefined && given[other] !== undefined) {
    throw errors.invalidData(`data.${name} and data.${other} are the same cost`);
  }
  return given[name] ?? given[other];
}

module.exports = { encode };
