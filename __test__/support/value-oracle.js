'use strict';

// Predicts what a native task receives for a random value: a clone of its twin, made by `structuredClone`.

const { types } = require('node:util');
const { DETACHED, twinOf } = require('./random-values');

/** The maximum nesting depth of lists and records, see src/value/read.rs. */
const MAX_DEPTH = 100;

const TOO_DEEP = { name: 'TypeError', code: 'ERR_INVALID_ARG_VALUE', message: /too deep/ };

const isBytes = (value) => ArrayBuffer.isView(value) || types.isAnyArrayBuffer(value);
const isContainer = (value) => typeof value === 'object' && value !== null && !isBytes(value);

/**
 * Finds the first error of a twin, in reading order.
 * @param {unknown} twin
 * @param {number} depth The number of lists and records around it.
 * @returns {object | undefined} the expected error.
 */
function refusalOf(twin, depth) {
  if (isBytes(twin)) return isCloneable(twin) ? undefined : DETACHED;
  if (!isContainer(twin)) return undefined;
  if (depth >= MAX_DEPTH) return TOO_DEEP;
  for (const value of Object.values(twin)) {
    const refusal = refusalOf(value, depth + 1);
    if (refusal !== undefined) return refusal;
  }
  return undefined;
}

function isCloneable(bytes) {
  try {
    structuredClone(bytes);
    return true;
  } catch {
    return false;
  }
}

/** Converts a clone to what a native task returns: Buffers instead of views, no lone surrogates and no holes. */
function arrived(clone) {
  if (typeof clone === 'string') return clone.toWellFormed();
  if (ArrayBuffer.isView(clone)) return Buffer.from(clone.buffer, clone.byteOffset, clone.byteLength);
  if (isBytes(clone)) return Buffer.from(clone);
  if (Array.isArray(clone)) return Array.from(clone, arrived);
  if (!isContainer(clone)) return clone;
  const record = {};
  for (const [name, value] of Object.entries(clone)) {
    const property = { value: arrived(value), writable: true, enumerable: true, configurable: true };
    Object.defineProperty(record, name.toWellFormed(), property);
  }
  return record;
}

/**
 * Predicts the outcome of passing the value of a seed to a native task.
 * @param {number} seed
 * @param {number} depth The number of lists and records around it.
 * @returns {{ arrived: unknown } | { refusal: object }} the received value, or the error as `assert.rejects` expects
 *   it.
 */
function expectedOf(seed, depth) {
  const { value: twin, refusal: last } = twinOf(seed);
  const refusal = refusalOf(twin, depth) ?? last;
  return refusal === undefined ? { arrived: arrived(structuredClone(twin)) } : { refusal };
}

module.exports = { expectedOf };
