'use strict';

/**
 * A function for the addon, which holds on to it: it calls a method of an object and does not hold on to that. It is
 * made here, since a function holds on to all of the scope that it is made in.
 */
function weakCallback(object, method) {
  const weak = new WeakRef(object);
  return () => weak.deref()?.[method]();
}

module.exports = { weakCallback };
