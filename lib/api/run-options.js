'use strict';

// What a task asks for beside being run.

const { inContext } = require('./async-context');
const { readRunOptions } = require('./options');

/** The options of `run`, or undefined if they ask for nothing: most tasks do. Throws what is wrong with them. */
function termsOf(given) {
  const terms = readRunOptions(given);
  const { signal, timeout, queueTimeout, priority, transfer, onProgress } = terms;
  const isWatched = signal !== undefined || onProgress !== undefined;
  if (onProgress !== undefined) terms.onProgress = inContext(onProgress);
  const isUsual = timeout === Infinity && queueTimeout === Infinity && priority === 0 && transfer === undefined;
  return isUsual && !isWatched ? undefined : terms;
}

module.exports = { termsOf };
