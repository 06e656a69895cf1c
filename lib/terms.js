'use strict';

// What a task asks for beside being run.

const { AsyncResource } = require('node:async_hooks');
const { readRunOptions } = require('./options');

/**
 * The options of `run`, or undefined if they ask for nothing: then the task is like most. Throws what is
 * wrong with them.
 */
function termsOf(given) {
  const terms = readRunOptions(given);
  const { signal, timeout, queueTimeout, priority, transfer, onProgress } = terms;
  const isWatched = signal !== undefined || onProgress !== undefined;
  // It belongs to the caller of `run`, not to the message that it is called for.
  if (onProgress !== undefined) terms.onProgress = AsyncResource.bind(onProgress);
  const isUsual = timeout === Infinity && queueTimeout === Infinity && priority === 0 && transfer === undefined;
  return isUsual && !isWatched ? undefined : terms;
}

module.exports = { termsOf };
