'use strict';

// The data of `native:hash`. The order of the names is that of crates/workers/src/hash and encoding.rs.

const { OptionTable } = require('../../api/option-table');
const { bytesOf } = require('./bytes');
const { bytes, file, oneOf, sourceOf } = require('./fields');

const ALGORITHMS = [
  'sha1',
  'sha224',
  'sha256',
  'sha384',
  'sha512',
  'sha512-256',
  'sha3-256',
  'sha3-512',
  'md5',
  'blake2b512',
  'blake2s256',
  'blake3',
  'crc32',
  'xxh64',
  'xxh3',
  'xxh128',
];
const ENCODINGS = ['hex', 'base64', 'base64url', 'buffer'];

const fields = new OptionTable(
  'hash',
  {
    __proto__: null,
    data: bytes,
    file,
    algorithm: oneOf(ALGORITHMS, 'sha256'),
    key: bytes,
    encoding: oneOf(ENCODINGS, 'hex'),
  },
  'data',
);

/** @param {unknown} data The data of a task. @returns {unknown[]} its fields. */
function encode(data) {
  const given = fields.read(data);
  const { algorithm, key, encoding } = given;
  return [
    ...sourceOf('hash', given),
    ALGORITHMS.indexOf(algorithm),
    key === undefined ? undefined : bytesOf(key),
    ENCODINGS.indexOf(encoding),
  ];
}

module.exports = { ALGORITHMS, ENCODINGS, encode };
