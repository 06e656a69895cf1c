'use strict';

// What the tests with Redis share: queues with names of their own, servers within the test's process, and waiting for
// a condition. Everything is closed when the test ends.

const { randomUUID } = require('node:crypto');
const { Worker } = require('bullmq');
const { WorkerPool } = require('native-worker-pool');
const { processor, RemotePool } = require('../..');

/**
 * @param {import('node:test').TestContext} t
 * @param {{ connection: object }} redis
 */
function fixtures(t, redis, queue = `q-${randomUUID()}`) {
  const closing = [];
  t.after(async () => {
    for (const close of closing.reverse()) await close();
  });
  return {
    queue,
    /** A worker of BullMQ over a pool, as a user writes it. */
    serve(workerFile = 'native', { size = 2, options, ...workerOptions } = {}) {
      const pool = new WorkerPool(size, workerFile);
      const worker = new Worker(queue, processor(pool, options), {
        connection: redis.connection,
        concurrency: size,
        ...workerOptions,
      });
      worker.on('error', () => {}); // lost connections and locks are what some tests are about
      closing.push(async () => {
        await worker.close(true);
        await pool.close({ force: true });
      });
      return { pool, worker };
    },
    remote(options) {
      const pool = new RemotePool(queue, { connection: redis.connection, ...options });
      closing.push(() => pool.close({ force: true }));
      return pool;
    },
  };
}

/** Resolves when `condition` holds. The test's own time limit ends it otherwise. */
async function until(condition) {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 10));
}

module.exports = { fixtures, until };
