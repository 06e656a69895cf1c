'use strict';

// The data of `native:hashPassword`.

const errors = require('../../api/errors');
const { OptionTable } = require('../../api/option-table');
const { bytesOf } = require('./bytes');
const { ALGORITHMS, COSTS, DIGESTS, ROWS, checkCosts } = require('./costs');
const { bytes, oneOf, size } = require('./fields');

const ARGON2 = { __proto__: null, memory: 19_456, iterations: 2, parallelism: 1 };

const DEFAULTS = {
  __proto__: null,
  argon2id: ARGON2,
  argon2i: ARGON2,
  argon2d: ARGON2,
  bcrypt: { __proto__: null, cost: 12 },
  scrypt: { __proto__: null, ln: 17, r: 8, p: 1 },
  pbkdf2: { __proto__: null, iterations: 600_000, digest: 'sha256' },
};

const MAX_MEMORY = 2 ** 30;

const fields = new OptionTable(
  'hashPassword',
  {
    ...ROWS,
    __proto__: null,
    password: bytes,
    algorithm: oneOf(ALGORITHMS, 'argon2id'),
    salt: bytes,
    maxMemory: size(MAX_MEMORY),
  },
  'data',
);

/** @param {unknown} data The data of a task. @returns {unknown[]} its fields. */
function encode(data) {
  const given = fields.read(data);
  const { password, algorithm, salt, maxMemory } = given;
  checkCosts(algorithm, given, Object.keys(ROWS));
  return [
    passwordOf(password),
    salt === undefined ? undefined : bytesOf(salt),
    maxMemory,
    ...costsOf(algorithm, given, DEFAULTS[algorithm]),
  ];
}

/** The fields of an algorithm and its costs. */
function costsOf(algorithm, given, defaults) {
  const costs = COSTS[algorithm].map((name) => {
    const cost = given[name] ?? defaults[name];
    if (cost === undefined) throw errors.invalidData(`data.${name} is required for ${algorithm}`);
    return name === 'digest' ? DIGESTS.indexOf(cost) : cost;
  });
  return [ALGORITHMS.indexOf(algorithm), ...costs];
}

function passwordOf(password) {
  if (password === undefined) throw errors.invalidData('data.password is required');
  return bytesOf(password);
}

module.exports = { DEFAULTS, MAX_MEMORY, costsOf, encode, passwordOf };
