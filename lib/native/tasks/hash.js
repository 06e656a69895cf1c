'use strict';

// The data of `native:hash`. The names have the order of crates/workers/src/hash/algorithm.rs and encoding.rs.

const { OptionTable } = require('../../api/option-table');
const { bytesOf } = require('./bytes');
const { alsoCalled, bytes, file, oneOf, sourceOf } = require('./fields');

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

/** @typedef {import('./bytes').Bytes} Bytes */
/** @typedef {import('./fields').File} File */
/** @typedef {{ data?: Bytes, file?: File, algorithm: string, key?: Bytes, encoding: string }} HashData */

/** @type {import('../../api/option-table').OptionRows<HashData>} */
const ROWS = {
  __proto__: null,
  data: bytes,
  file,
  algorithm: oneOf(ALGORITHMS, 'sha256'),
  key: alsoCalled(bytes, 'secret'),
  encoding: oneOf(ENCODINGS, 'hex'),
};

const table = new OptionTable('hash', ROWS, 'data');

/**
 * @param {unknown} given The data of a task.
 * @returns {unknown[]} the fields of the input.
 */
function encode(given) {
  const data = table.read(given);
  return [
    ...sourceOf('hash', data),
    ALGORITHMS.indexOf(data.algorithm),
    data.key === undefined ? undefined : bytesOf(data.key),
    ENCODINGS.indexOf(data.encoding),
  ];
}

module.exports = { encode };
