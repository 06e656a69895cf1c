'use strict';

// How the data of native tasks become inputs of the addon, by the names of the tasks.

const errors = require('../api/errors');
const { codecOf } = require('./codecs');
const tasks = require('./tasks');
const transfer = require('./transfer');

/** @typedef {import('../tasks/tasks').Encoders} Encoders */

/**
 * For a pool of one numeric worker.
 * @param {string} worker Its name: `native:fib`.
 * @returns {Encoders}
 */
function ofNumericWorker(worker) {
  const { encode } = codecOf(worker);
  const only = worker.slice(worker.indexOf(':') + 1);
  return {
    transfer,
    encode,
    encoderOf(name) {
      if (name === undefined || name === only) return encode;
      throw errors.taskNotFound(name, [only]);
    },
  };
}

/**
 * For a pool of tasks. The input of each begins with its position.
 * @param {import('../api/worker-argument').TaskTable} table
 * @returns {Encoders}
 */
function ofTasks(table) {
  const names = Object.keys(table);
  /** @type {Map<string | undefined, (data: unknown) => unknown>} */
  const encoders = new Map();
  names.forEach((name, position) => {
    const { encode } = tasks.codecOf(table[name]);
    encoders.set(name, (data) => [position, ...encode(data)]);
  });
  if (names.length === 1) encoders.set(undefined, /** @type {(data: unknown) => unknown} */ (encoders.get(names[0])));
  return {
    transfer,
    encoderOf(name) {
      const encoder = encoders.get(name);
      if (encoder === undefined) throw errors.taskNotFound(name, names);
      return encoder;
    },
  };
}

module.exports = { ofNumericWorker, ofTasks };
