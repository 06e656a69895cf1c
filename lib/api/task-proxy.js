'use strict';

// `pool.proxy()`: an object with a function for each task, by name.

/** @typedef {(data?: unknown, options?: unknown) => Promise<unknown>} TaskFunction */

/**
 * Properties that the language, `JSON.stringify` and test matchers call if they are functions. They are never tasks.
 */
const CALLED_BY_OTHERS = ['then', 'toJSON', 'toString', 'valueOf', 'asymmetricMatch'];

/**
 * @param {(data: unknown, options: unknown, name: string) => Promise<unknown>} run
 * @returns {{ [name: string]: TaskFunction }}
 */
function taskProxy(run) {
  /** @type {Map<string, TaskFunction>} */
  const functions = new Map();
  return new Proxy(/** @type {{ [name: string]: TaskFunction }} */ (/** @type {object} */ ({ __proto__: null })), {
    get(_target, name) {
      if (typeof name !== 'string' || CALLED_BY_OTHERS.includes(name)) return undefined;
      let task = functions.get(name);
      if (task === undefined) {
        task = (data, options) => run(data, options, name);
        functions.set(name, task);
      }
      return task;
    },
  });
}

module.exports = { taskProxy };
