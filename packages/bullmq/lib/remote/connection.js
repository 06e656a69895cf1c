'use strict';

// The two connections of a RemotePool to Redis: one for commands, one that receives messages. They are opened at the
// first use, keep the process alive only while they are needed, and reconnect by themselves.

const { EventEmitter } = require('node:events');
const errors = require('../errors');

/** How long the first connection may take, in milliseconds. */
const FIRST_CONNECTION = 10_000;

/** The longest time between two attempts to reconnect, in milliseconds. */
const MAX_RETRY_DELAY = 1000;

const OPTIONS = {
  lazyConnect: true,
  autoResubscribe: false,
  // A command waits for the connection, however long it is away.
  maxRetriesPerRequest: null,
  retryStrategy: (/** @type {number} */ attempt) => Math.min(50 * 2 ** Math.min(attempt, 10), MAX_RETRY_DELAY),
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
  #isNeeded = false;
  #isClosed = false;
  /** @type {unknown} */
  #lastError;

  /**
   * @param {any} given The option `connection`.
   * @param {string} channel
   */
  constructor(given, channel) {
    super();
    this.#channel = channel;
    this.commands = newClient(given);
    this.#messages = this.commands.duplicate();
    for (const client of [this.commands, this.#messages]) {
      client.on('error', (/** @type {unknown} */ error) => {
        this.#lastError = error;
      });
      client.on('connect', () => this.#hold(client));
      client.on('close', () => this.#stopIfIdle(client));
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
    for (const client of [this.commands, this.#messages]) {
      this.#hold(client);
      if (isNeeded && this.#opened !== undefined) connect(client);
    }
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
    const late = new Promise((_resolve, reject) => {
      timer = setTimeout(() => reject(errors.unreachable(FIRST_CONNECTION, this.#lastError)), FIRST_CONNECTION);
    });
    try {
      for (const client of [this.commands, this.#messages]) connect(client);
      await Promise.race([this.#firstConnection, late]);
    } catch (error) {
      this.#opened = undefined;
      for (const client of [this.commands, this.#messages]) client.disconnect();
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

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
    this.#isClosed = true;
    for (const client of [this.commands, this.#messages]) client.disconnect();
  }

  /** @param {any} client */
  #hold(client) {
    const socket = client.stream;
    if (this.#isNeeded) socket?.ref?.();
    else socket?.unref?.();
  }

  /**
   * Ends the attempts to reconnect, whose timers would keep the process alive, while nothing needs the connection.
   * @param {any} client
   */
  #stopIfIdle(client) {
    if (this.#isNeeded || this.#isClosed || this.#opened === undefined) return;
    setImmediate(() => {
      if (!this.#isNeeded && client.status !== 'ready') client.disconnect();
    });
  }
}

/**
 * Connects a client that is not connected, nor connecting.
 * @param {any} client
 */
function connect(client) {
  if (['connecting', 'connect', 'ready'].includes(client.status)) return;
  client.connect().catch(() => {}); // it tries again by itself
}

/**
 * @param {any} given Options of ioredis, with `url` as in BullMQ, or an ioredis client.
 * @returns {any} a client of our own.
 */
function newClient(given) {
  if (typeof given?.duplicate === 'function') return given.duplicate(OPTIONS);
  let Redis;
  try {
    ({ Redis } = require('ioredis'));
  } catch (cause) {
    throw errors.noRedisClient(cause);
  }
  const { url, ...options } = given ?? {};
  const all = { ...options, ...OPTIONS };
  return url === undefined ? new Redis(all) : new Redis(url, all);
}

module.exports = { Connection };
