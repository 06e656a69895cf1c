'use strict';

// The options of tasks, by slot. Tasks without options have no entry.

/** @typedef {import('./abort-signals').Signal} Signal */
/** @typedef {NonNullable<ReturnType<InstanceType<typeof import('./abort-signals').AbortSignals>['watch']>>} Watch */

/**
 * The state of a task with options.
 * @typedef {object} TaskState
 * @property {Signal} [signal]
 * @property {number} [slot] Set when the task has its slot.
 * @property {Watch} [watch] Set while the task listens to its signal.
 * @property {boolean} [isCancelled] The backend has cancelled the task.
 * @property {boolean} [isUncounted] The cancelled task is no longer pending.
 * @property {number} [listener] Identifies the listener for progress.
 */

/** @typedef {Omit<import('../api/options').RunOptions, 'signal'> & TaskState} TaskOptions */
/** @typedef {Pick<TaskOptions, 'priority' | 'timeout' | 'queueTimeout' | 'transfer' | 'listener'>} SubmittedOptions */

/** Listeners are numbered below this. */
const MAX_LISTENER = 2 ** 32;

class TaskOptionsBySlot {
  /** @type {Map<number, TaskOptions>} */
  #options = new Map();
  /**
   * The options of the native tasks that report progress, by listener. A report may arrive after an abort has settled
   * its task, when another task may already use the slot.
   * @type {Map<number, TaskOptions>}
   */
  #listeners = new Map();
  #lastListener = 0;

  /** Whether no task has options. */
  get isEmpty() {
    return this.#options.size === 0;
  }

  /**
   * @param {number} slot
   * @param {TaskOptions} options
   */
  put(slot, options) {
    options.slot = slot;
    this.#options.set(slot, options);
    if (options.onProgress === undefined) return;
    options.listener = this.#lastListener = (this.#lastListener + 1) % MAX_LISTENER;
    this.#listeners.set(options.listener, options);
  }

  /**
   * @param {number} slot
   * @returns {TaskOptions | undefined} the options of the task in this slot; `undefined` if it has none.
   */
  get(slot) {
    return this.#options.get(slot);
  }

  /**
   * @param {number} listener
   * @returns {TaskOptions | undefined} the options of the task with this progress listener, until they are dropped.
   */
  byListener(listener) {
    return this.#listeners.get(listener);
  }

  /** @param {number} slot */
  drop(slot) {
    const listener = this.#options.get(slot)?.listener;
    if (listener !== undefined) this.#listeners.delete(listener);
    this.#options.delete(slot);
  }

  /** Drops the options of all tasks. */
  clear() {
    if (this.#listeners.size > 0) this.#listeners.clear();
    this.#options.clear();
  }
}

module.exports = { TaskOptionsBySlot };
