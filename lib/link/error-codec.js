'use strict';

// Errors on their way between threads. The structured clone of an error has no properties of its own, which are often
// what tells one from another (`code`), and none at all can be made if one value within cannot be cloned.
//
// `encode` makes something that can always be cloned (error-nodes.js), of anything that was thrown; `decode` makes of
// its clone the same again, as far as that can be. Kept are the built-in class of an error in whatever realm it was
// made (error-classes.js), its message, name and stack, all of its own properties but functions, symbols that are in no
// registry and getters that throw, and the errors within, at any depth. Of other objects everything is kept that
// `structuredClone` would keep; one that cannot be cloned becomes a plain object of its enumerable properties.

const { canBeSaid, encode } = require('./error-encoder');
const { decode } = require('./error-decoder');

module.exports = { canBeSaid, decode, encode };
