'use strict';

// Carries errors between threads. The structured clone of an error loses its own properties, such as `code`, and fails
// altogether if one value within cannot be cloned.
//
// `encode` accepts anything that was thrown, and its result (error-format.js) can always be cloned. `decode` restores
// the error from the clone. Preserved are:
// - the built-in class of an error, also of another realm (error-classes.js),
// - its message, name and stack,
// - its own properties, except functions, unregistered symbols, and getters that throw,
// - errors within, at any depth,
// - of other objects, what `structuredClone` preserves. An object that cannot be cloned becomes a plain object with its
//   enumerable properties.

const { encode, isEncodable } = require('./error-encoder');
const { decode } = require('./error-decoder');

module.exports = { decode, encode, isEncodable };
