'use strict';

// Reads the options of every method in the same way, from a table of the method's options.

const { types } = require('node:util');
const errors = require('./errors');
const { layersOf, namesIn, reading, valueIn } = require('./properties');

/**
 * One option. The object has no prototype.
 * @template Value
 * @typedef {object} OptionRow
 * @property {null} __proto__
 * @property {Value} [default] Replaces `undefined` and `null`.
 * @property {(value: unknown) => boolean} isType Checks the type. It may run code of the caller's, which may throw.
 * @property {(value: Value) => boolean} [accepts] Checks the value, where the type is not enough.
 * @property {string} expected Describes accepted values in messages: "a boolean".
 * @property {boolean} [isSecret] Whether messages must not contain the value.
 * @property {string[]} [otherNames] Names of the option in other libraries. The error for one of them suggests it.
 */

/**
 * The options of a method, by name. The object has no prototype.
 * @template {object} Options
 * @typedef {(
 *   { [Name in keyof Options]-?: OptionRow<Exclude<Options[Name], undefined>> } & { __proto__?: null }
 * )} OptionRows
 */

/**
 * The values that `read` returns. It inherits nothing. V8 optimizes it better than objects of `{ __proto__: null }`.
 */
class OptionValues {}
Object.setPrototypeOf(OptionValues.prototype, null);

const NONE = { __proto__: null };

class Option {
  /** @type {string} */
  name;
  /**
   * Its name in messages.
   * @type {string}
   */
  path;
  /** @type {unknown} */
  default;
  /** @type {(value: unknown) => boolean} */
  isType;
  /** @type {((value: unknown) => boolean) | undefined} */
  accepts;
  /** @type {string} */
  expected;
  isSecret;

  /**
   * @param {string} subject What has the option, in messages.
   * @param {string} name
   * @param {OptionRow<unknown>} row
   */
  constructor(subject, name, { default: value, isType, accepts, expected, isSecret }) {
    this.name = name;
    this.path = `${subject}.${name}`;
    this.default = value;
    this.isType = isType;
    this.accepts = accepts;
    this.expected = expected;
    this.isSecret = isSecret === true;
  }

  /**
   * Throws if the value is invalid.
   * @param {unknown} value
   */
  check(value) {
    if (!reading(this.path, () => this.isType(value))) {
      throw (this.isSecret ? errors.invalidSecret : errors.invalidType)(this.path, this.expected, value);
    }
    if (this.accepts === undefined || this.accepts(value)) return;
    throw errors.outOfRange(this.path, this.expected, value);
  }
}

/** @param {object} value */
const isBytes = (value) => types.isArrayBufferView(value) || types.isAnyArrayBuffer(value);

/** @param {object} value */
const isList = (value) => Array.isArray(value) && value.length > 0;

/** @template {object} Options */
class OptionTable {
  /** @type {string} */
  #method;
  /** @type {string} */
  #subject;
  /** @type {Option[]} */
  #options;
  /** @type {Set<string>} */
  #names;
  /**
   * Options by the names that other libraries give them.
   * @type {Map<string, string>}
   */
  #otherNames = new Map();

  /**
   * @param {string} method The method's name in messages.
   * @param {OptionRows<Options>} rows
   * @param {string} [subject] What is read, in messages: the data of a native task is read by a table, too.
   */
  constructor(method, rows, subject = 'options') {
    this.#method = method;
    this.#subject = subject;
    const all = /** @type {{ [name: string]: OptionRow<unknown> }} */ (/** @type {object} */ (rows));
    this.#options = Object.entries(all).map(([name, row]) => new Option(subject, name, row));
    this.#names = new Set(Object.keys(rows));
    for (const [name, { otherNames = [] }] of Object.entries(all)) {
      for (const other of otherNames) this.#otherNames.set(other, name);
    }
  }

  /**
   * Reads and checks options.
   * @param {unknown} given `undefined` and `null` select the default, for all options or for one.
   * @returns {Options} every option of the table, with defaults applied.
   * @throws a TypeError or RangeError that names the invalid or unknown option.
   */
  read(given) {
    const passed = given ?? NONE;
    const subject = this.#subject;
    // Each element of bytes or of a list would be checked as an option.
    if (typeof passed !== 'object' || isBytes(passed) || reading(subject, () => isList(passed))) {
      const fields = subject === 'options' ? '' : ` with the fields of ${this.#method}`;
      throw errors.invalidSecret(subject, `an object${fields}`, given);
    }
    const layers = reading(subject, () => layersOf(passed));
    for (const name of reading(subject, () => namesIn(layers))) {
      if (this.#names.has(name)) continue;
      throw errors.unknownOption(subject, this.#method, name, [...this.#names], this.#otherNames.get(name));
    }
    const options = /** @type {{ [name: string]: unknown }} */ (new OptionValues());
    for (const option of this.#options) {
      const value = reading(option.path, () => valueIn(layers, option.name));
      const isDefault = value === undefined || value === null;
      if (!isDefault) option.check(value);
      options[option.name] = isDefault ? option.default : value;
    }
    return /** @type {Options} */ (options);
  }

  /**
   * Whether every option that was read has its default.
   * @param {object} options
   * @param {string} [ignored] The name of an option that may have any value.
   */
  areDefaults(options, ignored) {
    const values = /** @type {{ [name: string]: unknown }} */ (options);
    return this.#options.every(({ name, default: value }) => name === ignored || values[name] === value);
  }
}

module.exports = { OptionTable };
