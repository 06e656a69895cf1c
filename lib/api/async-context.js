'use strict';

const { AsyncResource } = require('node:async_hooks');

/** @returns a function that calls `callback` in the async context of now, whatever it is called for. */
function inContext(callback) {
  const resource = new AsyncResource('WorkerPoolCallback');
  return (value) => resource.runInAsyncScope(callback, undefined, value);
}

module.exports = { inContext };
