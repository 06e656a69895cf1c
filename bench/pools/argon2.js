'use strict';

// argon2: the reference implementation in C, on the thread pool of libuv.

module.exports = {
  name: 'argon2',
  kind: 'reference',
  package: 'argon2',
  note:
    '`hash` with the costs of the scenario, one call at a time. Each call computes its lanes on threads of its own. Version ' +
    '0.44.0, since the prebuilt binary of 0.45.1 crashes with Node.js 20.20.2 on Linux x64.',

  load() {
    const { argon2id, hash } = require('argon2');
    const run = ({ password, memory, iterations, parallelism }) =>
      hash(password, { type: argon2id, memoryCost: memory, timeCost: iterations, parallelism });
    return () => ({ run });
  },
};
