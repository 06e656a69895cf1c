'use strict';

// A Redis of the test's own: `redis-server` from the PATH, on a Unix socket or a port in a temporary folder.

const { execFileSync, spawn } = require('node:child_process');
const { once } = require('node:events');
const { mkdtempSync, rmSync } = require('node:fs');
const net = require('node:net');
const { tmpdir } = require('node:os');
const path = require('node:path');
const { Redis } = require('ioredis');

/** @returns {string | false} why tests with Redis are skipped. */
function skipReason() {
  try {
    execFileSync('redis-server', ['--version']);
    return false;
  } catch {
    if (process.env.NATIVE_WORKER_POOL_TOOLS === 'required')
      throw new Error('redis-server is required: it is not in the PATH');
    return 'redis-server is not in the PATH';
  }
}

async function freePort() {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

class TestRedis {
  port;
  /** Options of ioredis. */
  connection;
  #folder = mkdtempSync(path.join(tmpdir(), 'nwp-redis-'));
  #args;
  #child;
  #admin;

  /** @param {string[]} args Of redis-server. */
  static async start(...args) {
    const redis = new TestRedis();
    redis.port = await freePort();
    redis.connection = { host: '127.0.0.1', port: redis.port };
    redis.#args = args;
    await redis.start();
    return redis;
  }

  /** Starts the server, also again after `kill`, and waits until it answers. */
  async start() {
    const args = [
      '--port',
      String(this.port),
      '--bind',
      '127.0.0.1',
      '--dir',
      this.#folder,
      '--save',
      '',
      ...this.#args,
    ];
    this.#child = spawn('redis-server', args, { stdio: 'ignore' });
    this.#admin ??= new Redis({ ...this.connection, maxRetriesPerRequest: null, retryStrategy: () => 20 }).on(
      'error',
      () => {},
    );
    while ((await this.#admin.info('persistence')).includes('loading:1'));
  }

  /** A client for what a test asks Redis. */
  get admin() {
    return this.#admin;
  }

  async kill() {
    this.#child.kill('SIGKILL');
    await once(this.#child, 'exit');
  }

  async stop() {
    this.#admin.disconnect();
    await this.kill();
    rmSync(this.#folder, { recursive: true });
  }

  /** Closes all connections but the test's own. */
  async cutSockets() {
    await this.#admin.client('KILL', 'SKIPME', 'yes', 'TYPE', 'normal');
    await this.#admin.client('KILL', 'TYPE', 'pubsub');
  }
}

module.exports = { skipReason, TestRedis };
