'use strict';

// What `native:fib` takes and gives, as the JavaScript of worker.js does.

const { describe, messageOf } = require('../../api/describe');
const errors = require('../../api/errors');
const { propertyOf } = require('../../api/properties');

const { structuredClone } = globalThis; // before a program can replace it

/** The n that `data` stands for. Throws when it stands for none. */
function encode(data) {
  const n = typeof data === 'number' ? data : plainN(data);
  return isIndex(n) ? n : encodeAny(data);
}

function isIndex(n) {
  return Number.isInteger(n) && n >= 0;
}

/**
 * The n of `{ n }` as nearly every caller passes it, an own enumerable property of a plain object, which
 * needs no copy. It is read first since V8 then knows what kind of object this is, and has the rest for
 * nothing.
 */
function plainN(data) {
  try {
    const n = data.n;
    if (Object.getPrototypeOf(data) !== Object.prototype) return undefined;
    for (const key in data) {
      if (key !== 'n') continue;
      if (!Object.hasOwn(data, key)) return undefined;
      return typeof n === 'string' ? Number(n) : n; // a getter is not to be read again for a text
    }
  } catch {
    // No object, or one that throws; `encodeAny` tells.
  }
  return undefined;
}

/**
 * A worker of `worker_threads` sees a structured clone of its message, which is not always the same
 * thing: it has no prototype's getters, and a Buffer's text is another.
 */
function encodeAny(data) {
  let copy;
  try {
    copy = structuredClone(data);
  } catch {
    return encodeUncloneable(data);
  }
  let message;
  try {
    const n = Number(propertyOf(copy, 'n'));
    if (isIndex(n)) return n;
    message = `Invalid n: ${copy}`;
  } catch (cause) {
    // Not even a text can be made of it, and worker.js dies of these same words.
    throw errors.invalidData(messageOf(cause), cause);
  }
  throw errors.invalidData(message);
}

/** What cannot be cloned never reaches a worker of `worker_threads`; here it is taken as it is. */
function encodeUncloneable(data) {
  let n;
  try {
    n = Number(propertyOf(data, 'n'));
  } catch (cause) {
    throw errors.invalidData(`Invalid n: ${describe(data)}`, cause);
  }
  if (!isIndex(n)) throw errors.invalidData(`Invalid n: ${describe(data)}`);
  return n;
}

/** What the caller gets for the n that went in. */
function decode(n, result) {
  return { n, result };
}

module.exports = { encode, decode };
