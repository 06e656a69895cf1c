'use strict';

// One BullMQ worker as a processor sees it: its connection to Redis, the jobs that run in it, and what stops them.

const { cancelKey, replyChannel } = require('../wire/keys');
const { readTaskEnvelope } = require('../wire/envelope');
const { LOOK, writeReply } = require('../wire/reply');

/**
 * Why a task was stopped. Only a cancelled task has an outcome; otherwise another server runs it.
 * @typedef {'cancelled by its caller' | 'cancelled at the server' | 'its lock was lost' | 'the worker was closed'} Reason
 */

/** How often cancelled jobs are looked for, in milliseconds. */
const CANCEL_INTERVAL = 400;

/** @type {WeakMap<object, WorkerLink>} */
const links = new WeakMap();

class WorkerLink {
  /** @type {any} */
  #worker;
  /** @type {Map<string, { abort(reason: Reason): void, isRemote: boolean }>} */
  #running = new Map();
  /** @type {NodeJS.Timeout | undefined} */
  #timer;
  #isLooking = false;

  /** @param {any} worker A BullMQ `Worker`, which a processor reaches as `job.queue`. */
  static of(worker) {
    let link = links.get(worker);
    if (link === undefined) {
      link = new WorkerLink(worker);
      links.set(worker, link);
    }
    return link;
  }

  /** @param {any} worker */
  constructor(worker) {
    this.#worker = worker;
    worker.on('lockRenewalFailed', (/** @type {string[]} */ ids) => {
      for (const id of ids) this.#running.get(id)?.abort('its lock was lost');
    });
    // The worker waits for its jobs before this event, unless it is closed by force.
    worker.on('closed', () => {
      for (const task of [...this.#running.values()]) task.abort('the worker was closed');
    });
    worker.on('failed', (/** @type {any} */ job, /** @type {Error} */ error) => this.#failed(job, error));
  }

  /** @param {string} type */
  toKey = (type) => this.#worker.toKey(type);

  /**
   * The connection on which the worker itself sends commands, so whatever is sent before a job ends arrives before.
   * @returns {Promise<any>} an ioredis client.
   */
  get client() {
    return this.#worker.getBackend?.().client ?? this.#worker.client;
  }

  /**
   * @param {string} jobId
   * @param {{ abort(reason: Reason): void, isRemote: boolean }} task
   */
  started(jobId, task) {
    this.#running.set(jobId, task);
    if (task.isRemote) this.#timer ??= setInterval(this.#look, CANCEL_INTERVAL);
  }

  /**
   * @param {string} jobId
   * @param {object} task
   */
  ended(jobId, task) {
    // A job whose lock was lost may be running here again.
    if (this.#running.get(jobId) === task) this.#running.delete(jobId);
    if (this.#running.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  /** Looks which of the running tasks their callers have cancelled. */
  #look = async () => {
    if (this.#isLooking) return;
    this.#isLooking = true;
    try {
      const ids = [...this.#running].filter(([, { isRemote }]) => isRemote).map(([id]) => id);
      if (ids.length === 0) return;
      const client = await this.client;
      const found = await client.mget(ids.map((id) => cancelKey(this.toKey, id)));
      for (const [index, id] of ids.entries()) {
        if (found[index] !== null) this.#running.get(id)?.abort('cancelled by its caller');
      }
    } catch {
      // Redis is away. The next look follows.
    } finally {
      this.#isLooking = false;
    }
  };

  /**
   * Notifies the caller of a job that BullMQ has failed without running it, since its servers have died.
   * @param {any} job
   * @param {Error} error
   */
  async #failed(job, error) {
    if (!error?.message.startsWith('job stalled')) return;
    try {
      const envelope = readTaskEnvelope(job.data);
      if (envelope === undefined) return;
      const client = await this.client;
      await client.publish(replyChannel(this.toKey, envelope.reply), writeReply(job.id, LOOK));
    } catch {
      // The caller looks the job up by itself.
    }
  }
}

module.exports = { WorkerLink };
