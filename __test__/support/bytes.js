'use strict';

// Bytes that look random and are the same in every run, so that a failure can be repeated.

const { createHash } = require('node:crypto');

/** @returns {Buffer} bytes that depend on the seed, in a buffer of their own. */
function bytesOf(seed, length) {
  if (length === 0) return Buffer.alloc(0);
  return createHash('shake128', { outputLength: length }).update(String(seed)).digest();
}

/** @returns {number[]} `count` integers below `limit`. */
function integersOf(seed, count, limit) {
  const bytes = bytesOf(seed, 4 * count);
  return Array.from({ length: count }, (_, i) => bytes.readUInt32LE(4 * i) % limit);
}

module.exports = { bytesOf, integersOf };
