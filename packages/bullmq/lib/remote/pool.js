'use strict';

// RemotePool: the interface of a WorkerPool, for workers on other machines.

const { randomBytes } = require('node:crypto');
const errors = require('../errors');
const { optionReader, rows } = require('../option-table');
const { LOOK, OUTCOME, PROGRESS, readReply } = require('../wire/reply');
const { parse, stringify } = require('../wire/values');
const { readOutcome } = require('../wire/outcome');
const { replyChannel } = require('../wire/keys');
const { taskEnvelope, unpackValue } = require('../wire/envelope');
const { Connection } = require('./connection');
const { Jobs } = require('./jobs');
const { LookUps } = require('./look-ups');
const { map, stream } = require('./iterate');
const { Room } = require('./room');
const { signals } = require('./signals');
const { Task } = require('./task');
const { WaitingTasks } = require('./waiting-tasks');

/** The name of the jobs of tasks without one. */
const DEFAULT_NAME = 'task';

/** How many jobs are added at once. */
const ADD_BATCH = 200;

/** How long a forced close waits for Redis, in milliseconds. */
const FORCED_CLOSE = 5000;

const count = {
  isType: (/** @type {unknown} */ value) => typeof value === 'number',
  expected: 'a positive integer',
  accepts: (/** @type {number} */ value) => Number.isSafeInteger(value) && value > 0,
};

const readPoolOptions = optionReader('RemotePool', {
  connection: { isType: (value) => typeof value === 'object', expected: 'options of ioredis or an ioredis client' },
  prefix: { ...rows.text, default: 'bull' },
  maxInFlight: { ...count, default: 1000 },
  maxQueue: {
    ...count,
    default: Infinity,
    expected: 'a non-negative integer or Infinity',
    accepts: (value) => value === Infinity || (Number.isSafeInteger(value) && value >= 0),
  },
  maxPayload: { ...rows.bytes, default: 2 ** 20 },
  resultTTL: {
    ...count,
    default: 3_600_000,
    expected: 'a number of milliseconds from 1000',
    accepts: (value) => value >= 1000 && value <= 2 ** 45,
  },
});

const TASK_ROWS = {
  name: rows.text,
  signal: rows.signal,
  timeout: rows.limit,
  queueTimeout: rows.limit,
  priority: { ...count, default: 0, expected: 'a safe integer', accepts: Number.isSafeInteger },
  onProgress: rows.callback,
};
const readRunOptions = optionReader('run', TASK_ROWS);
const readMapOptions = optionReader('map', TASK_ROWS);
const readStreamOptions = optionReader('stream', { ...TASK_ROWS, ordered: { ...rows.flag, default: true } });
const readCloseOptions = optionReader('close', { force: rows.flag, timeout: rows.limit });

class RemotePool {
  /** Short, since each key and message of a task contains it. */
  #id = randomBytes(9).toString('base64url');
  #queueName;
  #options;
  #connection;
  /** @type {Jobs | undefined} */
  #jobs;
  #submittedTasks = 0;
  #waiting = new WaitingTasks();
  /** @type {Map<string, Task>} */
  #inFlight = new Map();
  #lookUps = new LookUps(this.#inFlight, (tasks) => this.#look(tasks));
  #room = new Room(() => this.#free());
  #isSending = false;
  #counts = { submitted: 0, completed: 0, failed: 0, aborted: 0, timedOut: 0, refused: 0 };
  /** Resolves `close` when no task is left. */
  #idle = () => {};
  #isClosing = false;
  /** @type {Promise<void> | undefined} */
  #closed;
  #force = () => {};

  /**
   * @param {string} queue The name of a queue of BullMQ.
   * @param {object} [given] See index.d.ts.
   */
  constructor(queue, given) {
    if (typeof queue !== 'string' || queue === '') throw errors.invalidType('queue', 'a non-empty string', queue);
    if (queue.includes(':')) throw errors.outOfRange('queue', 'a name without a colon', queue);
    this.#queueName = queue;
    this.#options = readPoolOptions(given);
    const { connection, prefix } = this.#options;
    const toKey = (/** @type {string} */ type) => `${prefix}:${queue}:${type}`;
    this.#connection = new Connection(connection, replyChannel(toKey, this.#id));
    this.#connection.on('message', (text) => this.#received(text));
    this.#connection.on('ready', () => this.#lookUps.hastenAll());
  }

  /** The name of the queue. */
  get queueName() {
    return this.#queueName;
  }

  get maxInFlight() {
    return this.#options.maxInFlight;
  }

  get maxQueue() {
    return this.#options.maxQueue;
  }

  /**
   * @param {unknown} data
   * @param {object} [given]
   * @returns {Promise<unknown>} Never throws.
   */
  async run(data, given) {
    const options = readRunOptions(given);
    const value = stringify(data, {
      what: 'data',
      limit: this.#options.maxPayload,
      option: "the RemotePool's maxPayload",
    });
    const { signal } = options;
    if (signal?.aborted) throw errors.aborted(signal.reason);
    if (this.#isClosing) return this.#refuse(errors.closed());
    if (this.#free() <= 0) return this.#refuse(errors.queueFull());
    return new Promise((resolve, reject) => this.#submit(this.#task(value, options, resolve, reject), options));
  }

  /**
   * @param {any} items
   * @param {object} [given]
   * @returns {Promise<unknown[]>}
   */
  async map(items, given) {
    return map(this, items, readMapOptions(given));
  }

  /**
   * @param {any} items
   * @param {object} [given]
   */
  stream(items, given) {
    return stream(this, items, readStreamOptions(given));
  }

  /** @returns {Promise<void>} */
  ready() {
    return this.#isClosing ? Promise.reject(errors.closed()) : this.#room.ready();
  }

  stats() {
    return { queued: this.#waiting.size, running: this.#inFlight.size, ...this.#counts };
  }

  /**
   * @param {object} [given]
   * @returns {Promise<void>}
   */
  async close(given) {
    const { force, timeout } = readCloseOptions(given);
    this.#closed ??= this.#close();
    if (force) this.#force();
    else if (timeout < 2 ** 31) {
      const timer = setTimeout(() => this.#force(), timeout);
      this.#closed.finally(() => clearTimeout(timer));
    }
    return this.#closed;
  }

  /** @returns {Promise<void>} */
  [Symbol.asyncDispose]() {
    return this.close();
  }

  async #close() {
    this.#isClosing = true;
    this.#room.close();
    const forced = new Promise((resolve) => {
      this.#force = () => {
        for (const task of [...this.#waiting, ...this.#inFlight.values()]) this.#end(task, 'aborted', errors.givenUp());
        resolve(undefined);
      };
    });
    if (this.#waiting.size + this.#inFlight.size > 0) {
      await new Promise((resolve) => {
        this.#idle = () => resolve(undefined);
      });
    }
    this.#connection.isNeeded = true;
    /** @type {NodeJS.Timeout | undefined} */
    let timer;
    // A close that is forced does not wait for a Redis that is away.
    const late = forced.then(
      () =>
        new Promise((resolve) => {
          timer = setTimeout(resolve, FORCED_CLOSE);
        }),
    );
    await Promise.race([this.#jobs?.settled(), late]);
    this.#force = () => {};
    clearTimeout(timer);
    this.#lookUps.stop();
    this.#connection.close();
  }

  /**
   * @param {string} value
   * @param {any} options
   * @param {(value: unknown) => void} resolve
   * @param {(error: unknown) => void} reject
   */
  #task(value, { name, timeout, priority, onProgress }, resolve, reject) {
    const envelope = taskEnvelope({
      value,
      reply: this.#id,
      name,
      timeout: timeout < 2 ** 31 ? Math.max(timeout, 1) : undefined,
      progress: onProgress !== undefined || undefined,
      ttl: this.#options.resultTTL,
      limit: this.#options.maxPayload,
    });
    const id = `${this.#id}-${++this.#submittedTasks}`;
    return new Task({ id, jobName: name || DEFAULT_NAME, envelope, priority, onProgress }, resolve, reject);
  }

  /**
   * @param {Task} task
   * @param {any} options
   */
  #submit(task, { signal, queueTimeout }) {
    this.#counts.submitted++;
    this.#room.used();
    if (signal !== undefined) {
      const abort = () => this.#end(task, 'aborted', errors.aborted(signal.reason));
      signals.join(signal, abort);
      task.releases.push(() => signals.leave(signal, abort));
    }
    if (queueTimeout < 2 ** 31) {
      const timer = setTimeout(() => this.#queueTimedOut(task, queueTimeout), queueTimeout);
      task.releases.push(() => clearTimeout(timer));
    }
    this.#waiting.add(task);
    this.#connection.isNeeded = true;
    this.#sendSoon();
  }

  /** @param {Error} error */
  #refuse(error) {
    this.#counts.refused++;
    throw error;
  }

  /** How many further tasks would be admitted. */
  #free() {
    const { maxInFlight, maxQueue } = this.#options;
    return maxInFlight + maxQueue - this.#inFlight.size - this.#waiting.size;
  }

  /** Hands tasks to Redis once the caller's current code has submitted all of them. */
  #sendSoon() {
    if (this.#isSending) return;
    this.#isSending = true;
    queueMicrotask(() => this.#send());
  }

  async #send() {
    try {
      this.#jobs ??= await this.#open();
      for (let tasks = this.#next(); tasks.length > 0; tasks = this.#next()) {
        await Promise.all(tasks.map((task) => this.#add(task)));
      }
    } catch (error) {
      // Redis was never reached.
      for (const task of [...this.#waiting]) this.#end(task, 'failed', error);
    }
    this.#isSending = false;
  }

  async #open() {
    await this.#connection.open();
    const { prefix, resultTTL } = this.#options;
    return new Jobs(this.#queueName, this.#connection.commands, { prefix, ttl: resultTTL });
  }

  /** Takes the next tasks that may be in flight. */
  #next() {
    const tasks = [];
    while (tasks.length < ADD_BATCH && this.#inFlight.size < this.#options.maxInFlight) {
      const task = this.#waiting.shift();
      if (task === undefined) break;
      task.isInFlight = true;
      this.#inFlight.set(task.id, task);
      tasks.push(task);
    }
    return tasks;
  }

  /**
   * Adds the job of a task. If Redis refuses it, the task rejects.
   * @param {Task} task
   */
  async #add(task) {
    try {
      await /** @type {Jobs} */ (this.#jobs).add(task);
    } catch (error) {
      return this.#end(task, 'failed', error);
    }
    if (!task.isSettled) this.#lookUps.plan(task);
  }

  /** @param {string} message */
  #received(message) {
    const { jobId, kind, text } = readReply(message);
    const task = this.#inFlight.get(jobId);
    if (kind === OUTCOME) {
      this.#jobs?.outcomeRead(jobId);
      if (task !== undefined) this.#finish(task, text);
    } else if (kind === LOOK) {
      if (task === undefined) this.#jobs?.outcomeRead(jobId);
      else this.#lookUps.hasten(task);
    } else if (kind === PROGRESS) {
      if (task !== undefined) reportProgress(task, text);
    }
  }

  /**
   * Looks tasks up: settles those that have ended, and hands those to Redis again that it has lost.
   * @param {Task[]} tasks
   */
  async #look(tasks) {
    const jobs = /** @type {Jobs} */ (this.#jobs);
    const found = await jobs.find(tasks);
    const lost = [];
    for (const [index, { outcome, job, failedReason, returnvalue }] of found.entries()) {
      const task = tasks[index];
      if (task.isSettled) continue;
      if (outcome !== undefined) {
        jobs.outcomeRead(task.id);
        this.#finish(task, outcome);
      } else if (job === 'gone') lost.push(task);
      else if (job !== 'unfinished') {
        jobs.removeEnded(task.id);
        if (job === 'failed') this.#end(task, 'failed', errorOfJob(/** @type {string} */ (failedReason)));
        else this.#foreign(task, /** @type {string} */ (returnvalue));
      }
    }
    await Promise.all(lost.map((task) => this.#add(task)));
  }

  /**
   * @param {Task} task
   * @param {string} text Its outcome.
   */
  #finish(task, text) {
    const { failed, value } = readOutcome(text);
    if (!failed) return this.#end(task, 'completed', value);
    const { code } = /** @type {{ code?: unknown }} */ (value ?? {});
    this.#end(task, code === 'ERR_POOL_TIMEOUT' || code === 'ERR_POOL_QUEUE_TIMEOUT' ? 'timedOut' : 'failed', value);
  }

  /**
   * Another processor has completed the job.
   * @param {Task} task
   * @param {string} returnvalue
   */
  #foreign(task, returnvalue) {
    try {
      this.#end(task, 'completed', unpackValue(JSON.parse(returnvalue)));
    } catch (error) {
      this.#end(task, 'failed', error);
    }
  }

  /**
   * @param {Task} task
   * @param {number} queueTimeout
   */
  async #queueTimedOut(task, queueTimeout) {
    const error = errors.queueTimedOut(queueTimeout);
    if (!task.isInFlight || this.#jobs === undefined) return this.#end(task, 'timedOut', error);
    // Only Redis knows whether a server has started it. If Redis is away, the limit holds nevertheless.
    const timer = setTimeout(() => this.#end(task, 'timedOut', error), 1000);
    task.releases.push(() => clearTimeout(timer));
    try {
      if (await this.#jobs.removeWaiting(task.id)) this.#end(task, 'timedOut', error);
    } catch {
      return; // Redis has refused; the timer decides
    }
    clearTimeout(timer);
  }

  /**
   * Settles a task. Does nothing if it is settled.
   * @param {Task} task
   * @param {import('./task').End} end
   * @param {unknown} value The result, or what the task rejects with.
   */
  #end(task, end, value) {
    if (task.isSettled) return;
    this.#waiting.delete(task);
    this.#inFlight.delete(task.id);
    this.#counts[end]++;
    if (end === 'completed') task.resolve(value);
    else {
      task.reject(value);
      if (task.isInFlight && isOurs(end, value)) this.#jobs?.cancel(task.id);
    }
    this.#ended();
  }

  /** A task has ended: its place is free. */
  #ended() {
    if (this.#waiting.size > 0) this.#sendSoon();
    this.#room.offer();
    if (this.#waiting.size + this.#inFlight.size > 0) return;
    this.#lookUps.stop();
    this.#connection.isNeeded = false;
    this.#idle();
  }
}

/**
 * Whether this process has ended the task, so a server may still run it.
 * @param {import('./task').End} end
 * @param {any} error
 */
const isOurs = (end, error) => end === 'aborted' || (end === 'timedOut' && error.code === 'ERR_POOL_QUEUE_TIMEOUT');

/**
 * @param {Task} task
 * @param {string} text
 */
function reportProgress({ onProgress }, text) {
  let value;
  try {
    value = parse(text);
  } catch {
    return; // malformed, from a server of another version
  }
  // What it throws must not reach the connection.
  queueMicrotask(() => onProgress?.(value));
}

/** @param {string} reason */
const errorOfJob = (reason) =>
  /^job (stalled|started) more than/.test(reason) ? errors.crashed() : errors.failedJob(reason);

module.exports = { RemotePool };
