'use strict';

const { setTimeout: sleep } = require('node:timers/promises');

/** Resolves when the condition, which may be async, is true. For states that no event reports. */
async function until(condition) {
  while (!(await condition())) await sleep(1);
}

module.exports = { until };
