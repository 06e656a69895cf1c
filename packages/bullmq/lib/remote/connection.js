'use strict';

// The two connections of a RemotePool to Redis: one for commands, one that receives messages. They are opened at the
// first use, keep the process alive only while they are needed, and reconnect by themselves.

const { EventEmitter } = require('node:events');
const errors = require('../errors');

/** How long the first connection may take, in milliseconds. */
const FIRST_CONNECTION = 10_000;

/** The longest time between two attempts to reconnect, in milliseconds. */
const MAX_RETRY_DELAY = 1000;

/** Options of ioredis that replace those of the caller. A command waits for the connection, however long it is away. */
const OPTIONS = {
  lazyConnect: true,
  autoResubscribe: false,
  autoResendUnfulfilledCommands: true,
  enableOfflineQueue: true,
  maxRetriesPerRequest: null,
};

/**
 * Events: `message` (text) and `ready` (a connection was opened again, so messages may have been lost).
 */
class Connection extends EventEmitter {
  /** @type {any} */
  commands;
  /** @type {any} */
  #messages;
  #channel;
  /**
   * The first connection, or the attempt to open it.
   * @type {Promise<void> | undefined}
   */
  #opened;
  /** Resolves when both connections have been open. */
  #firstConnection;
  /**
   * Rejects the attempt to open the first connection.
   * @param {unknown} _error
   */
  #abandon = (_error) => {};
  #isNeeded = false;
  /** @type {unknown} */
  #lastError;

  /**
   * @param {any} given The option `connection`.
   * @param {string} channel
   */
  constructor(given, channel) {
    super();
    this.#channel = channel;
    this.commands = newClient(given, this.#retryDelay);
    this.#messages = this.commands.duplicate();
    for (const client of [this.commands, this.#messages]) {
      client.on('error', (/** @type {unknown} */ error) => {
        this.#lastError = error;
      });
      for (const event of ['connect', 'reconnecting']) client.on(event, () => this.#hold(client));
    }
    this.#firstConnection = Promise.all([
      new Promise((resolve) => this.commands.once('ready', resolve)),
      new Promise((resolve) => this.once('subscribed', resolve)),
    ]);
    this.commands.on('ready', () => this.emit('ready'));
    this.#messages.on('ready', () => this.#subscribe());
    this.#messages.on('message', (/** @type {string} */ _channel, /** @type {string} */ text) => {
      this.emit('message', text);
    });
  }

  /** Sets whether the process must stay alive for the connections. */
  set isNeeded(/** @type {boolean} */ isNeeded) {
    if (this.#isNeeded === isNeeded) return;
    this.#isNeeded = isNeeded;
    for (const client of [this.commands, this.#messages]) this.#hold(client);
  }

  /**
   * @returns {Promise<void>} resolves when both connections have been open once.
   * @throws `ERR_POOL_UNREACHABLE` after 10 seconds. The next call tries again.
   */
  open() {
    this.#opened ??= this.#open();
    return this.#opened;
  }

  async #open() {
    /** @type {NodeJS.Timeout | undefined} */
    let timer;
    const failed = new Promise((_resolve, reject) => {
      this.#abandon = reject;
      timer = setTimeout(() => reject(errors.unreachable(FIRST_CONNECTION, this.#lastError)), FIRST_CONNECTION);
    });
    try {
      for (const client of [this.commands, this.#messages]) connect(client);
      await Promise.race([this.#firstConnection, failed]);
    } catch (error) {
      this.#opened = undefined;
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  /**
   * Decides whether ioredis connects again after a connection has ended.
   * @param {number} attempt
   * @returns {number | null} after how many milliseconds; null while `open` has not been called or has failed.
   */
  #retryDelay = (attempt) =>
    this.#opened === undefined ? null : Math.min(50 * 2 ** Math.min(attempt, 10), MAX_RETRY_DELAY);

  /** Called for each new connection: ioredis, which can do it, does not handle that its own attempt fails. */
  async #subscribe() {
    try {
      await this.#messages.subscribe(this.#channel);
      this.emit('subscribed');
      this.emit('ready');
    } catch (error) {
      this.#lastError = error;
    }
  }

  close() {
    this.#abandon(errors.closed());
    for (const client of [this.commands, this.#messages]) client.disconnect();
  }

  /**
   * Sets whether the process must stay alive for a client: for its socket, and for the timer of its next attempt.
   * @param {any} client
   */
  #hold(client) {
    for (const handle of [client.stream, client.reconnectTimeout]) {
      if (this.#isNeeded) handle?.ref?.();
      else handle?.unref?.();
    }
  }
}

/**
 * Connects a client, unless it connects or will connect by itself. An idle client must never be disconnected instead:
 * ioredis would take the next loss of the connection for that, and end for good.
 * @param {any} client
 */
function connect(client) {
  if (client.status === 'wait' || client.status === 'end') client.connect().catch(() => {}); // it tries again by itself
}

/**
 * @param {any} given Options of ioredis, with `url` as in BullMQ, or an ioredis client.
 * @param {(attempt: number) => number | null} retryStrategy
 * @returns {any} a client of our own.
 */
function newClient(given, retryStrategy) {
  const ours = { ...OPTIONS, retryStrategy };
  if (typeof given?.duplicate === 'function') return given.duplicate(ours);
  let Redis;
  try {
    ({ Redis } = require('ioredis'));
  } catch (cause) {
    throw errors.noRedisClient(cause);
  }
  const { url, ...options } = given ?? {};
  const all = { ...options, ...ours };
  return url === undefined ? new Redis(all) : new Redis(url, all);
}

module.exports = { Connection };
