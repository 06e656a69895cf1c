'use strict';

// The jobs of a RemotePool in Redis: adds, looks up and removes them, and removes outcomes that were read.

const { Queue } = require('bullmq');
const { inOneWrite } = require('../one-write');
const { cancelKey, outcomeKey } = require('../wire/keys');

/** @typedef {import('./task').Task} Task */

/**
 * What is in Redis of a task.
 * @typedef {object} Found
 * @property {string} [outcome] As text of outcome.js.
 * @property {'gone' | 'unfinished' | 'failed' | 'completed'} job
 * @property {string} [failedReason]
 * @property {string} [returnvalue] As JSON, of a job that another processor has completed.
 */

/** BullMQ's priorities are 1 (first) to 2 ** 21 (last). Every job has one: jobs without one overtake all others. */
const MIDDLE_PRIORITY = 2 ** 20;

/** Keys of outcomes that one command removes. */
const REMOVE_BATCH = 500;

/** How long outcomes that were read may stay, in milliseconds: their removal is batched. */
const REMOVE_DELAY = 20;

class Jobs {
  #client;
  #queue;
  #ttl;
  /** @type {string[]} */
  #read = [];
  /** @type {NodeJS.Timeout | undefined} */
  #timer;
  /** What close has to wait for. */
  #pending = new Set();

  /**
   * @param {string} name The queue.
   * @param {any} client An ioredis client that is connected.
   * @param {{ prefix: string, ttl: number }} options `ttl` in milliseconds.
   */
  constructor(name, client, { prefix, ttl }) {
    this.#client = client;
    this.#ttl = ttl;
    this.#queue = new Queue(name, { connection: client, prefix, skipMetasUpdate: true });
    this.#queue.on('error', () => {}); // the connection reports them
  }

  /**
   * Adds a job. To add one that exists changes nothing. Those added in one turn of the event loop are sent in one write.
   * @param {Task} task
   * @returns {Promise<void>} rejects with an error of Redis, such as `OOM`.
   */
  async add({ id, jobName, envelope, priority }) {
    inOneWrite(this.#client);
    await this.#queue.add(jobName, envelope, {
      jobId: id,
      priority: bullPriority(priority),
      attempts: 1,
      // A job that ends in this package's processor is removed at once. These are for all others.
      removeOnComplete: { age: Math.ceil(this.#ttl / 1000) },
      removeOnFail: { age: Math.ceil(this.#ttl / 1000) },
    });
  }

  /**
   * @param {Task[]} tasks
   * @returns {Promise<Found[]>}
   */
  async find(tasks) {
    const pipeline = this.#client.pipeline();
    for (const { id } of tasks) {
      // The job first: a server stores the outcome before the job ends, so a job that is gone has one.
      pipeline.hmget(this.#toKey(id), 'timestamp', 'finishedOn', 'failedReason', 'returnvalue');
      pipeline.get(outcomeKey(this.#toKey, id));
    }
    const replies = (await pipeline.exec()).map(([error, reply]) => {
      if (error) throw error;
      return reply;
    });
    return tasks.map((_task, index) => foundOf(replies[2 * index], replies[2 * index + 1]));
  }

  /**
   * Removes a job that waits, or makes the server that runs it stop.
   * @param {string} id
   */
  cancel(id) {
    this.#keepPending(async () => {
      const key = cancelKey(this.#toKey, id);
      // If Redis is full, a job that waits is removed nevertheless.
      const told = this.#client.set(key, '1', 'PX', Math.max(this.#ttl, 60_000)).catch(() => {});
      const removed = await this.#queue.remove(id);
      await told;
      await this.#client.unlink(...(removed === 1 ? [key] : []), outcomeKey(this.#toKey, id));
    });
  }

  /**
   * Removes a job that has not started.
   * @param {string} id
   * @returns {Promise<boolean>} whether it is gone. A job that a server runs stays.
   */
  async removeWaiting(id) {
    return (await this.#queue.remove(id)) === 1;
  }

  /**
   * Removes an outcome that was read, some time later.
   * @param {string} id
   */
  outcomeRead(id) {
    this.#read.push(outcomeKey(this.#toKey, id));
    if (this.#read.length >= REMOVE_BATCH) this.#flush();
    else this.#timer ??= setTimeout(() => this.#flush(), REMOVE_DELAY).unref();
  }

  /**
   * Removes a job that has ended outside of this package's processor.
   * @param {string} id
   */
  removeEnded(id) {
    this.#keepPending(() => this.#queue.remove(id));
  }

  /** @returns {Promise<void>} resolves when everything was removed that had to be. */
  async settled() {
    this.#flush();
    while (this.#pending.size > 0) await Promise.all(this.#pending);
  }

  #toKey = (/** @type {string} */ type) => this.#queue.toKey(type);

  #flush() {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const keys = this.#read.splice(0);
    if (keys.length > 0) this.#keepPending(() => this.#client.unlink(...keys));
  }

  /** @param {() => Promise<unknown>} work Its errors are ignored: what it would have removed expires. */
  #keepPending(work) {
    const promise = work()
      .catch(() => {})
      .then(() => this.#pending.delete(promise));
    this.#pending.add(promise);
  }
}

/**
 * @param {number} priority Higher first.
 * @returns {number} BullMQ's.
 */
const bullPriority = (priority) =>
  MIDDLE_PRIORITY - Math.max(Math.min(priority, MIDDLE_PRIORITY - 1), 1 - MIDDLE_PRIORITY);

/**
 * @param {(string | null)[]} job
 * @param {string | null} outcome
 * @returns {Found}
 */
function foundOf([timestamp, finishedOn, failedReason, returnvalue], outcome) {
  if (outcome !== null) return { outcome, job: 'unfinished' };
  if (timestamp === null) return { job: 'gone' };
  if (finishedOn === null) return { job: 'unfinished' };
  return failedReason !== null
    ? { job: 'failed', failedReason }
    : { job: 'completed', returnvalue: returnvalue ?? 'null' };
}

module.exports = { Jobs };
