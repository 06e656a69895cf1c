'use strict';

// Promises that no program can replace: neither the class, by another global one (zone.js, bluebird), nor what
// happens between two of them, by another `Promise.prototype.then`.

/** The runtime's own class. */
const { constructor: NativePromise } = /** @type {{ constructor: PromiseConstructor }} */ (
  Object.getPrototypeOf((async () => {})())
);

/**
 * @param {unknown} error
 * @returns {Promise<never>} a promise that rejects with `error`.
 */
async function rejected(error) {
  throw error;
}

/** @returns {Promise<void>} a resolved promise. */
async function resolved() {}

module.exports = { NativePromise, rejected, resolved };
