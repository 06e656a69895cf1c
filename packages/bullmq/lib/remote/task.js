'use strict';

// One task of a RemotePool, from `run` to its outcome. Its promise settles once, at the first of: outcome, abort, time
// limit, close, unreachable Redis.

/** @typedef {'completed' | 'failed' | 'aborted' | 'timedOut'} End How a task is counted. */

class Task {
  /** The id of its job. */
  id;
  /** The name of its job. */
  jobName;
  /** The data of its job. */
  envelope;
  priority;
  onProgress;
  /** Whether it was handed to Redis, or is about to be. */
  isInFlight = false;
  /** When its job is looked up next, by the clock of `performance.now()`; in milliseconds. */
  nextLook = Infinity;
  /** When it was handed to Redis. */
  sentAt = 0;
  /**
   * Released when it settles: a timer, a listener.
   * @type {(() => void)[]}
   */
  releases = [];
  #resolve;
  #reject;
  isSettled = false;

  /**
   * @param {object} fields
   * @param {string} fields.id
   * @param {string} fields.jobName
   * @param {import('../wire/envelope').TaskEnvelope} fields.envelope
   * @param {number} fields.priority
   * @param {((value: unknown) => void) | undefined} fields.onProgress
   * @param {(value: unknown) => void} resolve
   * @param {(error: unknown) => void} reject
   */
  constructor({ id, jobName, envelope, priority, onProgress }, resolve, reject) {
    this.id = id;
    this.jobName = jobName;
    this.envelope = envelope;
    this.priority = priority;
    this.onProgress = onProgress;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  /** @param {unknown} value */
  resolve(value) {
    this.#settle();
    this.#resolve(value);
  }

  /** @param {unknown} error */
  reject(error) {
    this.#settle();
    this.#reject(error);
  }

  #settle() {
    this.isSettled = true;
    for (const release of this.releases.splice(0)) release();
  }
}

module.exports = { Task };
