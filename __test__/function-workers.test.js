'use strict';

// What is true of native workers is true of worker files of function style.

const { describe } = require('node:test');
const { use } = require('./support/kinds');

use('function');
for (const name of [
  'abort',
  'reentrancy',
  'timeout',
  'priority',
  'close',
  'close-force',
  'stats',
  'ready',
  'backpressure',
  'order',
  'map',
  'stream',
  'task-limits',
  'shared-signal',
  'tracing',
  'fields',
  'process-life',
  'environments',
]) {
  describe(`${name}.test.js with worker files of function style`, () => require(`./${name}.test.js`));
}
