'use strict';

// What `native:fib` takes and gives, as the JavaScript of worker.js does.

const { describe } = require('../describe');
const errors = require('../errors');

/** The n that `data` stands for. Throws when it stands for none. */
function encode(data) {
  if (typeof data === 'number') return checked(data, data);
  const n = plainN(data);
  return n === undefined ? encodeAny(data) : checked(n, data);
}

/** The n of `{ n }` as nearly every caller passes it: a number in a plain object, which needs no copy. */
function plainN(data) {
  try {
    if (typeof data.n === 'number' && Object.getPrototypeOf(data) === Object.prototype) return data.n;
  } catch {
    // A getter or a proxy threw; `encodeAny` tells.
  }
  return undefined;
}

/**
 * A worker of `worker_threads` sees a structured clone of its message, which is not always the same
 * thing: it has no prototype's getters, and a Buffer's text is another. What cannot be cloned never
 * reaches such a worker; here it is taken as it is.
 */
function encodeAny(data) {
  const copy = cloned(data);
  let n;
  try {
    n = Number(copy?.n);
  } catch (cause) {
    throw invalid(copy, cause);
  }
  return checked(n, copy);
}

function cloned(data) {
  try {
    return structuredClone(data);
  } catch {
    return data;
  }
}

function checked(n, data) {
  if (!Number.isInteger(n) || n < 0) throw invalid(data);
  return n;
}

function invalid(data, cause) {
  return errors.invalidData(`Invalid n: ${describe(data)}`, cause);
}

/** What the caller gets for the n that went in. */
function decode(n, result) {
  return { n, result };
}

module.exports = { encode, decode };
