'use strict';

// The format of encoded errors: `[value, nodes]`, a flat table. Each object is a node `[kind, content]`. Where a value
// is an object, a reference replaces it: an array with the index of the object's node. All other values are kept.
//
// Nothing is nested deeply, so neither cloning nor decoding can exhaust the stack. Shared objects and cycles need no
// special treatment.

/** @typedef {[index: number]} Reference */
/** @typedef {[kind: number, content: unknown]} ErrorNode */
/** @typedef {[value: unknown, nodes: ErrorNode[]]} EncodedError */

/**
 * The content of an `ERROR`. The lists `keys`, `values` and `enumerable` describe its own properties.
 * @typedef {object} ErrorContent
 * @property {null} [__proto__]
 * @property {string} class The name of the built-in class.
 * @property {unknown[] | undefined} fields See `fieldsOf` in error-classes.js.
 * @property {string} message
 * @property {string} name
 * @property {string} stack
 * @property {unknown[]} keys Strings, and references to symbols.
 * @property {unknown[]} values
 * @property {boolean[]} enumerable
 */

module.exports = {
  /** An object or an array, with values replaced by references. The content is the same object or array. */
  PLAIN: 0,
  /** An error. The content is an `ErrorContent`. */
  ERROR: 1,
  /** A map. The content is a list of keys and values in alternation. */
  MAP: 2,
  /** A set. The content is a list of its values. */
  SET: 3,
  /** A symbol of the global registry. The content is its key. */
  SYMBOL: 4,
  /** An object that is cloned as it is: without references, or one that only the runtime can clone, such as a date. */
  WHOLE: 5,
};
