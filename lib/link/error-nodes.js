'use strict';

// The format of an encoded error: [value, nodes]. Each object within is a node of its own, [kind, content], and where
// a value would be an object there is a reference instead: an array of one number, the place of the object's node. So
// nothing is nested deeply, and neither cloning nor decoding can exhaust the stack; objects in a circle or in several
// places are nodes like others. All other values stand for themselves.

module.exports = {
  /** An object or an array: the same, with references for values. */
  PLAIN: 0,
  /** An error: `class`, `fields` (see error-classes.js), `message`, `name`, `stack`, and `keys`, `values`, `enumerable`. */
  ERROR: 1,
  /** A map: keys and values by turns. */
  MAP: 2,
  /** A set: its values. */
  SET: 3,
  /** A symbol of the global registry: its key. */
  SYMBOL: 4,
  /** An object or an array without references, or an object that the runtime clones, such as a date: the object. */
  WHOLE: 5,
};
