'use strict';

// The built-in native tasks: how the data of each become the fields that the addon reads. A codec throws what the task is to reject
// with. crates/workers/src/built_in.rs has the tasks themselves.

const fib = require('../codecs/fib');

const CODECS = {
  __proto__: null,
  fib: { encode: (data) => [fib.encode(data)] },
  hash: require('./hash'),
  hashPassword: require('./hash-password'),
  verifyPassword: require('./verify-password'),
  deriveKey: require('./derive-key'),
};

/** For tasks of a test build. */
const list = { encode: (data) => data };

/** @param {string} name @returns {{ encode(data: unknown): unknown[] }} */
const codecOf = (name) => CODECS[name] ?? list;

module.exports = { codecOf };
