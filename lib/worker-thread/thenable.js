'use strict';

const EVERY_OBJECT = /** @type {{ then?: unknown }} */ (Object.prototype);

/**
 * Whether a value is a promise or another thenable. A polluted `Object.prototype.then` does not count: `await` would
 * call it for every result, and most would never settle. Throws what a getter or a proxy throws.
 * @param {unknown} value
 * @returns {value is PromiseLike<unknown>}
 */
function isThenable(value) {
  const then = /** @type {{ then?: unknown } | null | undefined} */ (value)?.then;
  return typeof then === 'function' && then !== EVERY_OBJECT.then;
}

module.exports = { isThenable };
