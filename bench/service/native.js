'use strict';

// The service on native-worker-pool, as examples/http-server.js itself starts it.

const path = require('node:path');
const { WorkerPool } = require('../..');
const { EXAMPLES, MAX_QUEUE, SIZE, start } = require('./start');

const images = new WorkerPool(SIZE, 'native:image', { maxQueue: MAX_QUEUE });
const passwords = new WorkerPool(SIZE, 'native:verifyPassword', { maxQueue: MAX_QUEUE });

start({ images, passwords }, (register) => {
  const { PoolMetrics } = require(path.join(EXAMPLES, 'prometheus.js'));
  const metrics = new PoolMetrics(register);
  metrics.add('images', images);
  metrics.add('passwords', passwords);
});
