'use strict';

// The error of a task whose name is not that of an export. Its message is that of `taskNotFound` in lib/api/errors.js.

const NativeError = Error; // before the file can replace them
const { defineProperty } = Object;

/**
 * @param {string | undefined} name
 * @param {string[]} names Of the exported functions.
 * @returns {Error}
 */
function taskNotFound(name, names) {
  const what = name === undefined ? 'options.name is required' : `There is no task ${name}`;
  let list = 'none';
  for (let i = 0; i < names.length; i++) list = i === 0 ? names[i] : `${list}, ${names[i]}`;
  const error = new NativeError(`${what}; the tasks are ${list}`);
  const property = {
    __proto__: null,
    value: 'ERR_POOL_TASK_NOT_FOUND',
    writable: true,
    enumerable: true,
    configurable: true,
  };
  return defineProperty(error, 'code', property);
}

module.exports = { taskNotFound };
