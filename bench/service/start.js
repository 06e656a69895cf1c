'use strict';

// Starts examples/http-server.js on given pools, so that the services differ only in what does the work.

const { availableParallelism } = require('node:os');
const path = require('node:path');

const EXAMPLES = path.resolve(__dirname, '../../examples');

/** Threads of each pool, and how many tasks may wait for them. */
const SIZE = availableParallelism();
const MAX_QUEUE = 16;

/** How long requests may take to end after SIGTERM, in milliseconds. */
const DRAIN_TIMEOUT = 10_000;

/** The user who logs in, and the cost of the hash of the password. */
const USER = { name: 'ada', password: 'correct horse' };
const BCRYPT_COST = 10;

/**
 * Prints the address when the service listens, and ends on SIGTERM.
 * @param {{ images: object, passwords: object }} pools
 * @param {(register: object) => void} [observe] Adds metrics of the pools.
 */
async function start(pools, observe = () => {}) {
  const bcrypt = require('bcrypt');
  const { Registry, collectDefaultMetrics } = require(require.resolve('prom-client', { paths: [EXAMPLES] }));
  const { createService, drainOnSigterm } = require(path.join(EXAMPLES, 'http-server.js'));
  const register = new Registry();
  collectDefaultMetrics({ register });
  observe(register);
  const hash = await bcrypt.hash(USER.password, BCRYPT_COST);
  const hashOf = (name) => (name === USER.name ? hash : undefined);
  const server = createService({ ...pools, hashOf, hashOfNobody: hash, register });
  drainOnSigterm(server, Object.values(pools), DRAIN_TIMEOUT);
  server.listen(0, '127.0.0.1', () => console.log(`http://127.0.0.1:${server.address().port}`));
}

module.exports = { start, EXAMPLES, MAX_QUEUE, SIZE, USER };
