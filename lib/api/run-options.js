'use strict';

// The options of one task.

const { inContext } = require('./async-context');
const { readRunOptions } = require('./options');

/** @typedef {import('./options').RunOptions} RunOptions */

/**
 * Reads the options of `run`, and binds `onProgress` to the async context of the call.
 * @param {unknown} given
 * @returns {RunOptions | undefined} undefined if every option has its default, as for most tasks.
 * @throws a TypeError or RangeError that names the invalid or unknown option.
 */
function taskOptionsOf(given) {
  const options = readRunOptions(given);
  const { signal, timeout, queueTimeout, priority, transfer, onProgress } = options;
  const isWatched = signal !== undefined || onProgress !== undefined;
  if (onProgress !== undefined) options.onProgress = inContext(onProgress);
  const isUsual = timeout === Infinity && queueTimeout === Infinity && priority === 0 && transfer === undefined;
  return isUsual && !isWatched ? undefined : options;
}

module.exports = { taskOptionsOf };
