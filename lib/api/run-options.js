'use strict';

// The options of one task.

const { inContext } = require('./async-context');
const { readRunOptions } = require('./options');

/** @typedef {import('./options').RunOptions} RunOptions */

/**
 * Reads the options of `run`, and binds `onProgress` to the async context of the call.
 * @param {unknown} given
 * @returns {RunOptions}
 * @throws a TypeError or RangeError that names the invalid or unknown option.
 */
function readTaskOptions(given) {
  const options = readRunOptions(given);
  const { onProgress } = options;
  if (onProgress !== undefined) options.onProgress = inContext(onProgress);
  return options;
}

module.exports = { readTaskOptions };
