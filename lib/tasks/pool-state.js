'use strict';

// What belongs to one pool: what runs its tasks, what is pending, and who is notified. Tasks, the backends and `WorkerPool` share
// it. The backend refers to it weakly, see pending.js.

/** @typedef {InstanceType<typeof import('./backpressure').Backpressure>} Backpressure */
/** @typedef {InstanceType<typeof import('./submit').CallSubmitter>} CallSubmitter */
/** @typedef {InstanceType<typeof import('./pending').PendingCount>} PendingCount */

/**
 * What runs the tasks of a pool. There are two: the addon (src/worker_pool.rs) and a worker file (files/pool.js).
 * @typedef {object} Backend
 * @property {number} idle Workers without a task.
 * @property {number} queued Tasks that wait.
 * @property {(numbers: Float64Array) => void} stats Writes the counts, see api/stats.js.
 * @property {() => void} close Admits no more tasks, and ends when all have ended. May be called again.
 * @property {() => void} closeNow Gives up all tasks, and ends when they have stopped. May be called again.
 * @property {() => void} join Waits for the threads; called once, when the backend has reported its end.
 * @property {() => string[]} [takeFailures] The addon's: codes and messages of the failures among the last records.
 * @property {() => void} [abandon] A worker file's: ends the threads of a pool that nobody refers to any more.
 */

/**
 * The functions of a backend that are called often. They need no `this`.
 * @typedef {object} BackendFunctions
 * @property {(slot: number, input: unknown) => string | null} submit Returns why the task is refused, as a code.
 * @property {SubmitWith} submitWith
 * @property {SubmitWith} [submitInvalid] The addon's: the same for data that no worker takes.
 * @property {(slot: number, reason?: unknown) => boolean} cancel Returns false if the task has settled already.
 * @property {() => number} room How many tasks would be admitted now.
 * @property {(isNeeded: boolean) => void} keepAlive Keeps the process alive, or lets it end.
 * @property {(records: Float64Array) => number} [collect] The addon's: writes records, see native/completions.js.
 * @property {ArrayBuffer} [ring] The addon's: the submission ring, in runtimes that can share it.
 * @property {() => void} [poll] The addon's: empties the ring and wakes workers.
 * @property {() => number} [age] The addon's: how long ago the pool was made, in milliseconds.
 * @property {() => void} [admitting] A worker file's: called before a task is submitted.
 * @property {(priority: number) => void} [admitted] A worker file's: called after a task was admitted.
 * @property {() => void} [stopCancelled] A worker file's: stops the threads of cancelled tasks.
 * @property {() => number} [expire] A worker file's: enforces time limits. Returns in how many milliseconds to do so again.
 */

/**
 * @typedef {(slot: number, input: unknown, priority: number, timeout: number, queueTimeout: number) => string | null} SubmitWith
 */

/**
 * A way to submit tasks.
 * @typedef {object} Submitter
 * @property {() => number | void} prepare Called before a task takes its slot; code of the caller's may run. Returns the time to
 *   pass to `submit`.
 * @property {(slot: number, input: any, time?: number | void) => string | null} submit Returns why the task is refused, as a
 *   code. No code of the caller's runs before the task is counted.
 */

class PoolState {
  /** @type {Backend} */
  backend;
  /** @type {BackendFunctions} */
  functions;
  /** @type {Submitter} For tasks without options. */
  submitter;
  /** @type {CallSubmitter} For tasks with options, and when the pool is closing. */
  callSubmitter;
  /** @type {PendingCount} */
  pending;
  /** @type {Backpressure | typeof import('./backpressure').UNBOUNDED} */
  backpressure;
  /**
   * Enforces the time limits of a worker file's tasks; the addon has timers of its own.
   * @type {{ schedule(milliseconds: number): void, cancel(): void }}
   */
  limitTimer;
  isClosing = false;
  /** @type {(error: unknown) => void} Called when a worker has died, or cannot be started. */
  crashed;
  /** @type {() => void} Emits events that are due, before callers that await tasks go on. */
  emitAnnounced;
  /** @type {() => void} Called when the threads are gone. */
  ended;
}

module.exports = { PoolState };
