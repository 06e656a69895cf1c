'use strict';

/**
 * Makes a function that calls a method of an object, to which it refers weakly. It has a file of its own, since a function
 * keeps the whole scope that it was made in.
 */
function weakCallback(object, method) {
  const weak = new WeakRef(object);
  return () => weak.deref()?.[method]();
}

module.exports = { weakCallback };
