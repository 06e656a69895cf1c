'use strict';

// What is true of native workers is true of worker files of message style.

const { describe } = require('node:test');
const { use } = require('./support/kinds');
const { scale } = require('./support/scale');

use('message');
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
  // How processes and environments end does not depend on the style: see function-workers.test.js.
  ...scale(['process-life', 'environments'], []),
]) {
  describe(`${name}.test.js on worker files of message style`, () => require(`./${name}.test.js`));
}
