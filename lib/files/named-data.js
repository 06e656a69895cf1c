'use strict';

// The data of a task for a named export of the worker file.

/** @typedef {import('../tasks/tasks').Encoders} Encoders */

class NamedData {
  /**
   * @param {string} name Of the export.
   * @param {unknown} data
   */
  constructor(name, data) {
    this.name = name;
    this.data = data;
  }
}

/**
 * The exports of a file are known in its threads only.
 * @type {Encoders}
 */
const ofFile = {
  encode: (data) => data,
  encoderOf: (name) => (name === undefined ? (data) => data : (data) => new NamedData(name, data)),
};

module.exports = { NamedData, ofFile };
