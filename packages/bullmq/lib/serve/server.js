'use strict';

// A server: a pool, and a worker of BullMQ that runs the jobs of a queue in it.

const { Worker } = require('bullmq');
const { Redis } = require('ioredis');
const { WorkerPool } = require('native-worker-pool');
const { processor } = require('../server/processor');
const { FileRules } = require('./file-rules');
const { listen } = require('./http-server');
const { errorFields, log } = require('./log');
const { metricsText } = require('./metrics');

/** How long the job of a dead server stays locked, in milliseconds. */
const LOCK_DURATION = 15_000;

/** How often jobs of dead servers are looked for, in milliseconds. */
const STALLED_INTERVAL = 5000;

/** How long the worker waits after an error of Redis, in milliseconds. */
const RETRY_DELAY = 1000;

class Server {
  #pool;
  #worker;
  #redis;
  /** @type {import('node:http').Server | undefined} */
  #http;
  #state = { connected: false, draining: false, stalled: 0 };
  #options;

  /**
   * @param {any} options As `readArguments` returns them.
   * @returns {Promise<Server>} rejects if the worker file, the folder or the port cannot be used.
   */
  static async start(options) {
    const server = new Server(options, await FileRules.of(options.files));
    try {
      await server.#listen();
    } catch (error) {
      await server.stop();
      throw error;
    }
    return server;
  }

  /**
   * @param {any} options
   * @param {FileRules} rules
   */
  constructor(options, rules) {
    const { queue, prefix, redis, size, concurrency, worker, timeout, maxPayload } = options;
    this.#options = options;
    this.#pool = new WorkerPool(size, worker);
    this.#pool.on('crash', (/** @type {unknown} */ error) => log('error', 'crash', errorFields(error)));
    const isNative = /^native(:|$)/.test(this.#pool.workerFile);
    this.#redis = new Redis(redis, {
      maxRetriesPerRequest: null,
      retryStrategy: (attempt) => Math.min(100 * attempt, 2000),
    });
    this.#observeRedis();
    this.#worker = new Worker(
      queue,
      processor(this.#pool, { timeout, maxPayload, prepare: isNative ? (data) => rules.apply(data) : undefined }),
      {
        connection: this.#redis,
        prefix,
        concurrency,
        lockDuration: LOCK_DURATION,
        stalledInterval: STALLED_INTERVAL,
        runRetryDelay: RETRY_DELAY,
      },
    );
    this.#observeWorker();
  }

  /** The port of the HTTP server, if there is one. */
  get port() {
    return /** @type {import('node:net').AddressInfo | undefined} */ (this.#http?.address())?.port;
  }

  /** Takes no more jobs, and resolves when those that run have ended and everything is closed. */
  async stop() {
    this.#state.draining = true;
    await this.#worker.close();
    await this.#pool.close();
    this.#redis.disconnect();
    this.#http?.close();
    this.#http?.closeAllConnections();
  }

  async #listen() {
    const { port, host, queue } = this.#options;
    if (port === undefined) return;
    this.#http = await listen(
      { port, host },
      {
        health: () => ({ ok: this.#state.connected && !this.#state.draining, ...this.#state }),
        metrics: () => metricsText(this.#pool.stats(), this.#state, queue),
      },
    );
  }

  #observeRedis() {
    /** @type {string | undefined} */
    let lastError;
    this.#redis.on('ready', () => {
      this.#state.connected = true;
      lastError = undefined;
      log('info', 'connected');
    });
    this.#redis.on('close', () => {
      if (this.#state.connected && !this.#state.draining) log('warn', 'disconnected');
      this.#state.connected = false;
    });
    // An attempt to reconnect that fails like the one before is not logged again.
    this.#redis.on('error', (error) => {
      if (error.message !== lastError) log('error', 'redis', errorFields(error));
      lastError = error.message;
    });
  }

  #observeWorker() {
    this.#worker.on('error', (error) => {
      if (this.#state.connected) log('error', 'worker', errorFields(error));
    });
    this.#worker.on('failed', (job, error) =>
      log('warn', 'failed', { job: job?.id, name: job?.name, ...errorFields(error) }),
    );
    this.#worker.on('stalled', (job) => {
      this.#state.stalled++;
      log('warn', 'stalled', { job });
    });
  }
}

module.exports = { Server };
