'use strict';

// An error as fields that JSON can hold, and back: class, name, message, code, stack, cause, own properties.

/** The classes that an error keeps. An error of any other class becomes an `Error` that keeps its name. */
const CLASSES = {
  __proto__: null,
  Error,
  EvalError,
  RangeError,
  ReferenceError,
  SyntaxError,
  TypeError,
  URIError,
};

/** Fields that are no own properties of their own right. */
const STANDARD = ['message', 'stack', 'name', 'cause', 'errors'];

/**
 * @param {Error} error
 * @param {(value: unknown) => { tree: unknown } | undefined} encode Returns undefined for what cannot travel.
 */
function errorFields(error, encode) {
  const { cause, errors } = /** @type {Error & { cause?: unknown, errors?: unknown }} */ (error);
  /** @type {{ [name: string]: unknown }} */
  const properties = {};
  for (const name of Object.keys(error)) {
    if (STANDARD.includes(name) || name === '__proto__') continue;
    const encoded = encode(/** @type {any} */ (error)[name]);
    if (encoded !== undefined) properties[name] = encoded.tree;
  }
  return {
    class: classNameOf(error),
    name: text(error.name),
    message: text(error.message),
    stack: text(error.stack),
    cause: Object.hasOwn(error, 'cause') ? encode(cause)?.tree : undefined,
    errors: Array.isArray(errors) ? encode(errors)?.tree : undefined,
    properties,
  };
}

/**
 * @param {any} fields What `errorFields` has returned.
 * @param {(tree: unknown) => unknown} decode
 * @returns {Error}
 */
function errorFromFields(fields, decode) {
  const { class: className, name, message, stack, cause, errors, properties } = fields;
  const Class = errors === undefined ? /** @type {any} */ (CLASSES[className] ?? Error) : AggregateError;
  const options = cause === undefined ? undefined : { cause: decode(cause) };
  const error =
    Class === AggregateError
      ? new AggregateError(/** @type {unknown[]} */ (decode(errors)), text(message), options)
      : new Class(text(message), options);
  if (typeof stack === 'string') define(error, 'stack', stack, false);
  if (typeof name === 'string' && name !== error.name) define(error, 'name', name, false);
  for (const property of Object.keys(properties ?? {})) define(error, property, decode(properties[property]), true);
  return error;
}

/** @param {Error} error */
function classNameOf(error) {
  for (let at = Object.getPrototypeOf(error); at !== null; at = Object.getPrototypeOf(at)) {
    const name = at.constructor?.name;
    if (name in CLASSES) return name;
  }
  return 'Error';
}

/** @param {unknown} value */
const text = (value) => (typeof value === 'string' ? value : '');

/**
 * @param {object} target
 * @param {string} name
 * @param {unknown} value
 * @param {boolean} enumerable
 */
function define(target, name, value, enumerable) {
  Object.defineProperty(target, name, { value, writable: true, enumerable, configurable: true });
}

module.exports = { errorFields, errorFromFields };
