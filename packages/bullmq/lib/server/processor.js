'use strict';

// `processor(pool)`: a processor for BullMQ's Worker, which runs its jobs as tasks of a pool. Jobs of a RemotePool
// carry an envelope; all others are ordinary jobs of BullMQ.

const { UnrecoverableError } = require('bullmq');
const errors = require('../errors');
const { errorText, reasonOf, resultText } = require('../wire/outcome');
const { outcomeKey } = require('../wire/keys');
const { packValue, readTaskEnvelope, unpackValue } = require('../wire/envelope');
const { parse } = require('../wire/values');
const { optionReader, rows } = require('../option-table');
const { isFinal, jobError } = require('./job-errors');
const { JobSignal } = require('./job-signal');
const { sendOutcome, sendProgress } = require('./replies');
const { TaskNames } = require('./task-names');
const { WorkerLink } = require('./worker-link');

/** @typedef {import('../wire/envelope').TaskEnvelope} TaskEnvelope */

const readOptions = optionReader('processor', {
  timeout: rows.limit,
  queueTimeout: rows.limit,
  maxPayload: { ...rows.bytes, default: 64 * 2 ** 20 },
  isFinal: { ...rows.callback, default: isFinal },
  prepare: rows.callback,
});

/**
 * @param {any} pool A WorkerPool.
 * @param {object} [given] See index.d.ts.
 * @returns {(job: any, token: string | undefined, signal: AbortSignal | undefined) => Promise<unknown>}
 */
function processor(pool, given) {
  if (typeof pool?.run !== 'function') throw errors.invalidType('pool', 'a WorkerPool', pool);
  const options = readOptions(given);
  const names = new TaskNames();
  // BullMQ passes the signal only to a function with three parameters.
  return (job, _token, signal) => new Job(pool, options, names, job).run(signal);
}

/** One run of a job. */
class Job {
  #pool;
  #options;
  #names;
  #job;
  #link;
  #signal = new JobSignal();
  isRemote = false;

  /**
   * @param {any} pool
   * @param {any} options
   * @param {TaskNames} names
   * @param {any} job BullMQ's.
   */
  constructor(pool, options, names, job) {
    this.#pool = pool;
    this.#options = options;
    this.#names = names;
    this.#job = job;
    this.#link = WorkerLink.of(job.queue);
  }

  /** @param {unknown} reason */
  abort(reason) {
    this.#signal.abort(reason);
  }

  /** @param {AbortSignal | undefined} signal BullMQ's. */
  async run(signal) {
    let envelope;
    try {
      envelope = readTaskEnvelope(this.#job.data);
    } catch (error) {
      throw jobError(error, true);
    }
    this.isRemote = envelope !== undefined;
    const cancel = () => this.abort('cancelled at the server');
    signal?.addEventListener('abort', cancel, { once: true });
    if (signal?.aborted) cancel();
    this.#link.started(this.#job.id, this);
    try {
      return await (envelope === undefined ? this.#runPlain() : this.#runRemote(envelope));
    } finally {
      this.#link.ended(this.#job.id, this);
      signal?.removeEventListener('abort', cancel);
    }
  }

  /** Runs a job that BullMQ's own users have added. */
  async #runPlain() {
    const job = this.#job;
    const { timeout, queueTimeout, maxPayload } = this.#options;
    const onProgress = (/** @type {unknown} */ value) => {
      Promise.resolve(job.updateProgress(value)).catch(() => {}); // the connection was closed, or the job is gone
    };
    try {
      const data = unpackValue(job.data);
      const run = (/** @type {string | undefined} */ name) =>
        this.#submit(name, data, { timeout, queueTimeout, onProgress });
      const result = await this.#names.run(job.name, run);
      return result === undefined
        ? undefined
        : packValue(result, { what: 'result', limit: maxPayload, option: "the processor's maxPayload" });
    } catch (error) {
      throw jobError(error, this.#options.isFinal(error));
    }
  }

  /**
   * Runs a job of a RemotePool, and sends the outcome to it. The job itself is removed when it ends.
   * @param {TaskEnvelope} envelope
   */
  async #runRemote(envelope) {
    const job = this.#job;
    if (job.attemptsStarted > 1 && (await this.#hasOutcome())) return this.#remove();
    /** @type {string} */
    let text;
    /** @type {string | undefined} */
    let failure;
    try {
      text = this.#resultText(await this.#runTask(envelope), envelope);
    } catch (error) {
      const { reason } = this.#signal;
      if (reason === 'its lock was lost' || reason === 'the worker was closed') throw jobError(error, false);
      failure = reasonOf(error);
      text = errorText(error);
      if (reason === 'cancelled by its caller') text = '';
    }
    if (text !== '') await sendOutcome(this.#link, job.id, envelope, text);
    this.#remove();
    if (failure !== undefined) throw new UnrecoverableError(failure);
  }

  /** @param {TaskEnvelope} envelope */
  #runTask(envelope) {
    const { name, value, progress, timeout } = envelope;
    const limit = Math.min(timeout ?? Infinity, this.#options.timeout);
    const onProgress = progress
      ? (/** @type {unknown} */ reported) => sendProgress(this.#link, this.#job.id, envelope, reported)
      : undefined;
    return this.#submit(name, parse(value), { timeout: limit, queueTimeout: this.#options.queueTimeout, onProgress });
  }

  /**
   * @param {string | undefined} name
   * @param {unknown} data
   * @param {object} options
   */
  async #submit(name, data, options) {
    const { prepare } = this.#options;
    const input = prepare === undefined ? data : await prepare(data, name);
    for (;;) {
      try {
        return await this.#pool.run(input, { ...options, name, signal: this.#signal });
      } catch (error) {
        if (/** @type {{ code?: unknown }} */ (error)?.code !== 'ERR_POOL_QUEUE_FULL') throw error;
      }
      await this.#pool.ready();
    }
  }

  /**
   * @param {unknown} result
   * @param {TaskEnvelope} envelope
   */
  #resultText(result, { limit }) {
    const { maxPayload } = this.#options;
    return limit <= maxPayload
      ? resultText(result, limit, "the RemotePool's maxPayload")
      : resultText(result, maxPayload, "the processor's maxPayload");
  }

  /** Whether a server has run the job and died before BullMQ knew. */
  async #hasOutcome() {
    const client = await this.#link.client;
    return (await client.exists(outcomeKey(this.#link.toKey, this.#job.id))) === 1;
  }

  /** Makes BullMQ remove the job when it ends. */
  #remove() {
    this.#job.opts.removeOnComplete = true;
    this.#job.opts.removeOnFail = true;
  }
}

module.exports = { processor };
