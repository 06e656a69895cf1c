'use strict';

// The options of one task.

const { inContext } = require('./async-context');
const { readRunOptions } = require('./options');

/**
 * The options of `run`, checked and with their defaults; `undefined` if they change nothing, as for most tasks.
 * Throws what is wrong with them.
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
