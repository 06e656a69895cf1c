'use strict';

// How the data of tasks become inputs of the addon. crates/workers/src/built_in.rs has the built-in tasks.

const fib = require('../codecs/fib');
const { encodeFields, encodeValue } = require('./any-value');

/**
 * @typedef {object} TaskCodec
 * @property {(data: any) => unknown[]} encode Returns the fields of the input, or throws what the task rejects with.
 */

/** @type {{ [name: string]: TaskCodec | null }} */
const CODECS = {
  __proto__: null,
  fib: { encode: (data) => [fib.encode(data)] },
  compress: require('./compress'),
  decompress: require('./decompress'),
  hash: require('./hash'),
  image: require('./image'),
  imageInfo: require('./image-info'),
  hashPassword: require('./hash-password'),
  verifyPassword: require('./verify-password'),
  deriveKey: require('./derive-key'),
};

/**
 * For tasks of the test build, whose data are a list of fields.
 * @type {TaskCodec}
 */
const fields = { encode: encodeFields };

/**
 * For tasks of other addons, which check their data themselves.
 * @type {TaskCodec}
 */
const anyValue = { encode: encodeValue };

/**
 * @param {unknown} task The name of a built-in task, or a task of another addon.
 * @returns {TaskCodec}
 */
const codecOf = (task) => (typeof task === 'string' ? (CODECS[task] ?? fields) : anyValue);

module.exports = { codecOf };
