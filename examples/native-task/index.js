'use strict';

// The exports of the package; `npm run build` makes my-task.node.

const { myTask } = require('./my-task.node');

module.exports = { myTask };
