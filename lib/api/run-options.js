'use strict';

// The options of one task.

const { inContext } = require('./async-context');
const { areDefaultRunOptions, readRunOptions } = require('./options');

/** @typedef {import('./options').RunOptions} RunOptions */

/**
 * Reads the options of `run`, and binds `onProgress` to the async context of the call.
 * @param {unknown} given
 * @returns {RunOptions | undefined} undefined if every option has its default, as for most tasks.
 * @throws a TypeError or RangeError that names the invalid or unknown option.
 */
function taskOptionsOf(given) {
  const options = readRunOptions(given);
  if (areDefaultRunOptions(options)) return undefined;
  if (options.onProgress !== undefined) options.onProgress = inContext(options.onProgress);
  return options;
}

module.exports = { taskOptionsOf };
