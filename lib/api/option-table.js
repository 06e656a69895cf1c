'use strict';

// How the options of a method are read: all in the same way, from a table of what they are.

const errors = require('./errors');
const { layersOf, namesIn, reading, valueIn } = require('./properties');

/** What a method was given. It inherits nothing, and V8 is faster with it than with an object of `{ __proto__: null }`. */
class Options {}
Object.setPrototypeOf(Options.prototype, null);

const NONE = { __proto__: null };

class Option {
  name;
  path;
  default;
  isType;
  accepts;
  expected;

  constructor(name, { default: value, isType, accepts, expected }) {
    this.name = name;
    this.path = `options.${name}`;
    this.default = value;
    this.isType = isType;
    this.accepts = accepts;
    this.expected = expected;
  }

  check(value) {
    if (!reading(this.path, () => this.isType(value))) throw errors.invalidType(this.path, this.expected, value);
    if (this.accepts === undefined || this.accepts(value)) return;
    throw errors.outOfRange(this.path, this.expected, value);
  }
}

class OptionTable {
  #method;
  #options;
  #names;

  /**
   * @param {string} method What has the options, for messages.
   * @param {{ [name: string]: {
   *   default?: unknown,
   *   isType: (value: unknown) => boolean,
   *   accepts?: (value: unknown) => boolean,
   *   expected: string,
   * } }} table For each option: its default, a check of its type and, where not all values of that type are accepted, a
   *   check of the value; `expected` describes both. The objects have no prototype.
   */
  constructor(method, table) {
    this.#method = method;
    this.#options = Object.entries(table).map(([name, row]) => new Option(name, row));
    this.#names = new Set(Object.keys(table));
  }

  /**
   * @param given What the caller passed. `undefined` and `null` stand for no options, and as values for the default.
   * @returns {Options} all options of the table, with the defaults filled in.
   */
  read(given) {
    const passed = given ?? NONE;
    if (typeof passed !== 'object') throw errors.invalidType('options', 'an object', given);
    const layers = reading('options', () => layersOf(passed));
    for (const name of reading('options', () => namesIn(layers))) {
      if (!this.#names.has(name)) throw errors.unknownOption(this.#method, name, [...this.#names]);
    }
    const options = new Options();
    for (const option of this.#options) {
      const value = reading(option.path, () => valueIn(layers, option.name));
      const isDefault = value === undefined || value === null;
      if (!isDefault) option.check(value);
      options[option.name] = isDefault ? option.default : value;
    }
    return options;
  }
}

module.exports = { OptionTable };
