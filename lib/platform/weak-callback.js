'use strict';

/**
 * Makes a function that calls a method of an object and refers to the object weakly. It is in a file of its own, since
 * a function keeps its whole enclosing scope alive.
 * @template {string} Name
 * @template Result
 * @param {{ [name in Name]: () => Result }} object
 * @param {Name} method The name of the method.
 * @returns {() => Result | undefined} returns `undefined` once the object was collected.
 */
function weakCallback(object, method) {
  const weak = new WeakRef(object);
  return () => weak.deref()?.[method]();
}

module.exports = { weakCallback };
