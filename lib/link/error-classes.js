'use strict';

// Finds the built-in class of an error of any realm, and makes errors of the same class in this realm.
//
// Another realm (`node:vm`) has its own built-in classes, which `instanceof` does not recognize here; and a program may
// name its own class `TypeError`. A constructor counts as that of another realm if its name and its source text equal
// ours. No function of a program has the source text "function TypeError() { [native code] }".

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

/** How much of a prototype chain is read: a proxy may have an endless one. */
const LONGEST_CHAIN = 100;

/**
 * A class whose fields are internal: getters of its prototype return them.
 * @typedef {object} ClassWithFields
 * @property {string[]} names The names of the fields.
 * @property {Function} create Makes an error from the values of the fields.
 */

const WITH_FIELDS = /** @type {{ [name: string]: ClassWithFields | undefined }} */ (
  /** @type {object} */ ({
    __proto__: null,
    DOMException: {
      names: ['message', 'name'],
      /**
       * @param {string} message
       * @param {string} name
       */
      create: (message, name) => new DOMException(message, name),
    },
    QuotaExceededError: {
      names: ['message', 'quota', 'requested'],
      /**
       * @param {string} message
       * @param {number} [quota]
       * @param {number} [requested]
       */
      create: (message, quota, requested) => new QuotaExceededError(message, { __proto__: null, quota, requested }),
    },
  })
);

const { classes, names } = builtInClasses();

/** Returns the classes by name, and the names by prototype. */
function builtInClasses() {
  /** @type {Map<unknown, Function>} */
  const classes = newMap();
  /** @type {Map<object, string>} */
  const names = newMap();
  /** @type {{ [name: string]: any }} */
  const globals = globalThis;
  for (const space of [globals, globals.WebAssembly ?? {}]) {
    for (const name of Object.getOwnPropertyNames(space)) {
      if (!/Error$|^DOMException$/.test(name) || !isBuiltIn(name, space[name])) continue;
      mapSet(classes, name, space[name]);
      mapSet(names, space[name].prototype, name);
    }
  }
  return { classes, names };
}

/**
 * Whether a global value is a class of errors that is built in, and of which `create` can make errors.
 * @param {string} name
 * @param {unknown} value
 */
function isBuiltIn(name, value) {
  if (typeof value !== 'function') return false;
  if (value !== NativeError && !(value.prototype instanceof NativeError)) return false;
  if (name in WITH_FIELDS) return true; // written in JavaScript in some runtimes
  if (!sourceOf(value).includes('[native code]')) return false;
  try {
    const { message, name } = /** @type {Error} */ (construct(NativeError, [], value));
    return typeof message === 'string' && typeof name === 'string';
  } catch {
    return false; // Bun has classes with internal fields
  }
}

/**
 * The value of an own data property. Undefined for a getter.
 * @param {object} object
 * @param {string} key
 * @returns {unknown}
 */
function dataOf(object, key) {
  const property = getOwnPropertyDescriptor(object, key);
  return property !== undefined && hasOwn(property, 'value') ? property.value : undefined;
}

/**
 * The name of the built-in class with this prototype, in any realm.
 * @param {object} prototype
 * @returns {string | undefined}
 */
function nameOf(prototype) {
  const known = mapGet(names, prototype);
  if (known !== undefined) return known;
  const Class = dataOf(prototype, 'constructor');
  if (typeof Class !== 'function' || dataOf(Class, 'prototype') !== prototype) return undefined;
  const name = dataOf(Class, 'name');
  const ours = mapGet(classes, name);
  return ours !== undefined && sourceOf(Class) === sourceOf(ours) ? /** @type {string} */ (name) : undefined;
}

/**
 * @typedef {object} ErrorClass
 * @property {null} [__proto__]
 * @property {string} name
 * @property {object} prototype Of the class in the error's realm.
 */

/**
 * Finds the built-in class that an object is an instance of: the first on its prototype chain.
 * @param {unknown} object
 * @returns {ErrorClass | undefined} undefined if there is none, or if a proxy throws.
 */
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

/**
 * Reads the internal fields of an error.
 * @param {object} error
 * @param {ErrorClass} errorClass
 * @returns {unknown[] | undefined} undefined if the class has none.
 */
function fieldsOf(error, { name, prototype }) {
  const keys = WITH_FIELDS[name]?.names;
  if (keys === undefined) return undefined;
  /** @type {unknown[]} */
  const fields = newList();
  for (let i = 0; i < keys.length; i++) {
    let value;
    try {
      const { get } = /** @type {{ get: Function }} */ (getOwnPropertyDescriptor(prototype, keys[i]));
      value = apply(get, error, []);
    } catch {
      // The object has the prototype, but the class did not construct it.
    }
    const isPlain = typeof value === 'string' || typeof value === 'number';
    fields[i] = isPlain ? value : undefined;
  }
  return fields;
}

/**
 * Makes an error of a built-in class.
 * @param {string} name The name of the class.
 * @param {unknown[]} [fields] What `fieldsOf` returned.
 * @returns {Error} an error without a message, unless that is a field.
 */
function create(name, fields) {
  const Class = mapGet(classes, name);
  if (Class === undefined) return new NativeError();
  if (fields !== undefined) {
    const known = /** @type {ClassWithFields} */ (WITH_FIELDS[name]);
    return /** @type {Error} */ (apply(known.create, undefined, fields));
  }
  // Not by the constructor of the class, which may add properties that the error may lack, such as `errors`.
  return /** @type {Error} */ (construct(NativeError, [], Class));
}

module.exports = { LONGEST_CHAIN, classOf, fieldsOf, create };
