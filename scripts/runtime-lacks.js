'use strict';

// What does not work on which runtime, and why.

const LACKS = [];

/** @returns {string | undefined} why this file of tests cannot pass on that runtime. */
function lackOf(runtime, file) {
  return LACKS.find((lack) => lack.runtime === runtime && lack.file === file)?.reason;
}

module.exports = { lackOf };
