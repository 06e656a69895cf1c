'use strict';

// @node-rs/argon2: argon2 in Rust, on the thread pool of libuv.

module.exports = {
  name: '@node-rs/argon2',
  kind: 'reference',
  package: '@node-rs/argon2',
  note: '`hash` with the costs of the scenario, one call at a time.',

  load() {
    const { Algorithm, hash } = require('@node-rs/argon2');
    const run = ({ password, memory, iterations, parallelism }) =>
      hash(password, { algorithm: Algorithm.Argon2id, memoryCost: memory, timeCost: iterations, parallelism });
    return () => ({ run });
  },
};
