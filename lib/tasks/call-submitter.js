'use strict';

// Submits a task by a call of the backend. This is the way of tasks with options, and of all tasks of a pool with a
// limit, where the backend decides whether there is room. Other native tasks go through native/submission-ring.js.

/** @typedef {import('./backpressure').Permits} Permits */
/** @typedef {import('./pool-state').BackendFunctions} BackendFunctions */
/** @typedef {import('./pool-state').Submitter} Submitter */
/** @typedef {import('./task-options').SubmittedOptions} SubmittedOptions */
/** @typedef {InstanceType<typeof import('./pending').PendingCount>} PendingCount */

/** @implements {Submitter} */
class CallSubmitter {
  #submit;
  #submitWith;
  #submitInvalid;
  #admitting;
  #admitted;
  #pending;
  #backpressure;

  /**
   * @param {BackendFunctions} functions
   * @param {PendingCount} pending Counts what is admitted.
   * @param {Permits} backpressure Notified of each task that is admitted.
   */
  constructor({ submit, submitWith, submitInvalid, admitting = () => {}, admitted = () => {} }, pending, backpressure) {
    this.#submit = submit;
    this.#submitWith = submitWith;
    this.#submitInvalid = submitInvalid ?? submitWith;
    this.#admitting = admitting;
    this.#admitted = admitted;
    this.#pending = pending;
    this.#backpressure = backpressure;
  }

  /** Does nothing: the backend knows its size. */
  resize() {}

  /** Called before a task takes its slot. */
  prepare() {
    this.#admitting();
  }

  /**
   * @param {number} slot
   * @param {unknown} input
   * @returns {string | null} why the task is refused, as the code of an error.
   */
  submit(slot, input) {
    const refusal = this.#submit(slot, input);
    // No JavaScript function is called between the call and the count, see submission-ring.js.
    const pending = this.#pending;
    if (refusal === null && pending.count++ === 0) {
      pending.weakOwner.owner = pending.owner;
      pending.keepAlive(true);
    }
    if (refusal === null) {
      this.#backpressure.admitted();
      this.#admitted(0);
    }
    return refusal;
  }

  /**
   * Submits a task with options, or with data that no worker accepts.
   * @param {number} slot
   * @param {unknown} input
   * @param {SubmittedOptions} options
   * @param {boolean} isInvalid Whether no worker accepts the data.
   * @returns {string | null}
   */
  submitWith(slot, input, { priority, timeout, queueTimeout, listener, transfer }, isInvalid) {
    const submit = isInvalid ? this.#submitInvalid : this.#submitWith;
    const refusal = submit(slot, input, priority, timeout, queueTimeout, listener, transfer);
    const pending = this.#pending;
    if (refusal === null && pending.count++ === 0) {
      pending.weakOwner.owner = pending.owner;
      pending.keepAlive(true);
    }
    if (refusal === null) {
      this.#backpressure.admitted();
      this.#admitted(priority);
    }
    return refusal;
  }
}

module.exports = { CallSubmitter };
