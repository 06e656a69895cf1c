'use strict';

// What a native task must receive of a random value. The oracle is `structuredClone`, called on the value's twin.

const { types } = require('node:util');
const { DETACHED, twinOf } = require('./random-values');

/** How deep lists and records may nest, see src/value.rs. */
const MAX_DEPTH = 100;

const TOO_DEEP = { name: 'TypeError', code: 'ERR_INVALID_ARG_VALUE', message: /too deep/ };

const isBytes = (value) => ArrayBuffer.isView(value) || types.isAnyArrayBuffer(value);
const isContainer = (value) => typeof value === 'object' && value !== null && !isBytes(value);

/**
 * Searches a twin for what is refused, in the order in which it is read.
 * @param {number} depth Of the lists and records around it.
 * @returns {object | undefined} how it is refused.
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

/** What a native task makes of a clone: it has no views, no lone surrogates and no holes. */
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
 * What a native task must receive of the value of a seed.
 * @param {number} depth Of the lists and records around it.
 * @returns {{ arrived: unknown } | { refusal: object }} `refusal` is what `assert.rejects` expects.
 */
function expectedOf(seed, depth) {
  const { value: twin, refusal: last } = twinOf(seed);
  const refusal = refusalOf(twin, depth) ?? last;
  return refusal === undefined ? { arrived: arrived(structuredClone(twin)) } : { refusal };
}

module.exports = { expectedOf };
