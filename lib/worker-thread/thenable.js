'use strict';

const EVERY_OBJECT = Object.prototype;

/**
 * Whether a value is a promise or something like it. A `then` that every object has does not count: `await` would call
 * it for each result, and most would never settle. Throws what a getter or a proxy throws.
 */
function isThenable(value) {
  const then = value?.then;
  return typeof then === 'function' && then !== EVERY_OBJECT.then;
}

module.exports = { isThenable };
