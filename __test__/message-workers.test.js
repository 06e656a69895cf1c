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
  'close-force',
  'task-limits',
  // What the engine decides, what only knows of `run`, and how processes and environments end, does not depend on the
  // style: see function-workers.test.js.
  ...scale(
    [
      'priority',
      'close',
      'stats',
      'ready',
      'backpressure',
      'order',
      'map',
      'stream',
      'shared-signal',
      'tracing',
      'fields',
      'process-life',
      'environments',
    ],
    [],
  ),
]) {
  describe(`${name}.test.js with worker files of message style`, () => require(`./${name}.test.js`));
}
