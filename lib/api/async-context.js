'use strict';

const { AsyncResource } = require('node:async_hooks');

/**
 * Binds a callback to the current async context, as `AsyncLocalStorage` sees it.
 * @template Value
 * @template Result
 * @param {(value: Value) => Result} callback
 * @returns {(value: Value) => Result}
 */
function inContext(callback) {
  const resource = new AsyncResource('WorkerPoolCallback');
  return (value) => resource.runInAsyncScope(callback, undefined, value);
}

module.exports = { inContext };
