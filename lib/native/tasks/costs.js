'use strict';

// The algorithms that hash passwords, and their costs. The order of the names is that of crates/workers/src/password.

const errors = require('../../api/errors');
const { integer, oneOf } = require('./fields');

const U32 = 2 ** 32 - 1;

const DIGESTS = ['sha1', 'sha224', 'sha256', 'sha384', 'sha512'];
const ALGORITHMS = ['argon2id', 'argon2i', 'argon2d', 'bcrypt', 'scrypt', 'pbkdf2'];

const ARGON2 = ['memory', 'iterations', 'parallelism'];

/** The costs of each algorithm, in the order in which the addon reads them. */
const COSTS = {
  __proto__: null,
  argon2id: ARGON2,
  argon2i: ARGON2,
  argon2d: ARGON2,
  bcrypt: ['cost'],
  scrypt: ['ln', 'r', 'p'],
  pbkdf2: ['iterations', 'digest'],
  hkdf: ['digest', 'info'],
};

/** Rows of all costs, without defaults, which depend on the algorithm. */
const ROWS = {
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

/** Refuses costs of other algorithms. */
function checkCosts(algorithm, given, names, own = COSTS[algorithm]) {
  for (const name of names) {
    if (given[name] === undefined || own.includes(name)) continue;
    throw errors.invalidData(`data.${name} is no cost of ${algorithm}; its costs are ${own.join(', ')}`);
  }
}

module.exports = { ALGORITHMS, COSTS, DIGESTS, ROWS, U32, checkCosts };
