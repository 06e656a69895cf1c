'use strict';

// The hashes of the scenarios `hashing` and `hashing-by-turns`, and their input.

const { randomBytes } = require('node:crypto');

const ALGORITHMS = ['sha256', 'sha1', 'sha512', 'blake3', 'xxh3', 'crc32'];

const BYTES = 2 ** 20;

/** @returns functions that hash the same random bytes, one for each of `algorithms`. */
function callsOf(pool, algorithms) {
  const data = randomBytes(BYTES);
  return algorithms.map((algorithm) => () => pool.run({ algorithm, data }));
}

module.exports = { ALGORITHMS, BYTES, callsOf };
