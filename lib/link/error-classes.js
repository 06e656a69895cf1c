'use strict';

// The classes of errors that the runtime has, found in errors of any realm and made in this one.
//
// Another realm (`node:vm`) has classes of its own: no `instanceof` of ours knows them, and anybody may name a class
// `TypeError`. A constructor is that of another realm if it has the name and the source text of ours: "function
// TypeError() { [native code] }" cannot be the text of a function that a program has.

const {
  NativeError,
  DOMException,
  QuotaExceededError,
  objectPrototype,
  getOwnPropertyDescriptor,
  getPrototypeOf,
  hasOwn,
  apply,
  construct,
  sourceOf,
  newList,
  newMap,
  mapGet,
  mapSet,
} = require('./intrinsics');

/** A prototype chain that is longer is left unread: a proxy may have one without an end. */
const LONGEST_CHAIN = 100;

/** Classes that keep fields where no own property shows them: how to make an error with given ones. */
const WITH_FIELDS = {
  __proto__: null,
  DOMException: {
    names: ['message', 'name'],
    create: (message, name) => new DOMException(message, name),
  },
  QuotaExceededError: {
    names: ['message', 'quota', 'requested'],
    create: (message, quota, requested) => new QuotaExceededError(message, { __proto__: null, quota, requested }),
  },
};

const { classes, names } = builtInClasses();

/** @returns the classes by name, and the names by prototype. */
function builtInClasses() {
  const classes = newMap();
  const names = newMap();
  for (const space of [globalThis, globalThis.WebAssembly ?? {}]) {
    for (const name of Object.getOwnPropertyNames(space)) {
      if (!/Error$|^DOMException$/.test(name) || !isBuiltIn(name, space[name])) continue;
      mapSet(classes, name, space[name]);
      mapSet(names, space[name].prototype, name);
    }
  }
  return { classes, names };
}

/** Whether a global value is a class of errors, and the runtime's own, of which `create` can make errors. */
function isBuiltIn(name, value) {
  if (typeof value !== 'function') return false;
  if (value !== NativeError && !(value.prototype instanceof NativeError)) return false;
  if (name in WITH_FIELDS) return true; // written in JavaScript in some runtimes
  if (!sourceOf(value).includes('[native code]')) return false;
  try {
    const { message, name } = construct(NativeError, [], value);
    return typeof message === 'string' && typeof name === 'string';
  } catch {
    return false; // Bun has classes whose fields it keeps elsewhere
  }
}

/** The value of an own data property; anything else is undefined. */
function dataOf(object, key) {
  const property = getOwnPropertyDescriptor(object, key);
  return property !== undefined && hasOwn(property, 'value') ? property.value : undefined;
}

/** The name of the class of errors whose prototype this is, in any realm. */
function nameOf(prototype) {
  const known = mapGet(names, prototype);
  if (known !== undefined) return known;
  const Class = dataOf(prototype, 'constructor');
  if (typeof Class !== 'function' || dataOf(Class, 'prototype') !== prototype) return undefined;
  const name = dataOf(Class, 'name');
  const ours = mapGet(classes, name);
  return ours !== undefined && sourceOf(Class) === sourceOf(ours) ? name : undefined;
}

/** @returns the first built-in class of errors that an object is of, as its `name` and `prototype`, if there is one. */
function classOf(object) {
  try {
    let prototype = getPrototypeOf(object);
    for (let step = 0; step < LONGEST_CHAIN && prototype !== null && prototype !== objectPrototype; step++) {
      const name = nameOf(prototype);
      if (name !== undefined) return { __proto__: null, name, prototype };
      prototype = getPrototypeOf(prototype);
    }
  } catch {
    // A proxy that throws.
  }
  return undefined;
}

/** What an error of that class keeps where no own property shows it; `undefined` if there is nothing. */
function fieldsOf(error, { name, prototype }) {
  const keys = WITH_FIELDS[name]?.names;
  if (keys === undefined) return undefined;
  const fields = newList();
  for (let i = 0; i < keys.length; i++) {
    let value;
    try {
      value = apply(getOwnPropertyDescriptor(prototype, keys[i]).get, error, []);
    } catch {
      // It was not made by that class, though its prototype is there.
    }
    const isPlain = typeof value === 'string' || typeof value === 'number';
    fields[i] = isPlain ? value : undefined;
  }
  return fields;
}

/**
 * @param {string} name The class's.
 * @param {unknown[]} [fields] What `fieldsOf` returned.
 * @returns {Error} a new error, without a message unless that is a field.
 */
function create(name, fields) {
  const Class = mapGet(classes, name);
  if (Class === undefined) return new NativeError();
  if (fields !== undefined) return apply(WITH_FIELDS[name].create, undefined, fields);
  // The class's own constructor would make fields that the error may not have, such as `errors`.
  return construct(NativeError, [], Class);
}

module.exports = { LONGEST_CHAIN, classOf, fieldsOf, create };
