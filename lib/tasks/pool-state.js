'use strict';

// What belongs to one pool: what runs its tasks, what is pending, and whom to notify. Tasks, the backends and
// `WorkerPool` share it. The backend refers to it weakly, see pending.js.

const { DeadlineTimer } = require('../platform/deadline-timer');
const { PendingCount } = require('./pending');
const { CallSubmitter } = require('./call-submitter');

/** @typedef {import('./backpressure').Permits} Permits */
/** @typedef {InstanceType<typeof import('./pending').WeakOwner>} WeakOwner */

/**
 * What runs the tasks of a pool. There are two: the addon (src/worker_pool.rs) and a worker file (files/pool.js).
 * @typedef {object} Backend
 * @property {number} idle Workers without a task.
 * @property {number} queued Tasks that wait.
 * @property {(numbers: Float64Array, bounds: Float64Array, reset: boolean) => void} stats Writes the counts, see
 *   api/stats.js. With `reset`, the times start anew.
 * @property {(numbers: Float64Array) => void} workers Writes what each worker has done, see api/stats.js.
 * @property {(worker: number) => number | undefined} [threadIdOf] A worker file's.
 * @property {(size: number) => void} resize Sets how many workers there may be. If more are busy, they finish their tasks.
 * @property {() => void} close Admits no more tasks, and ends when all have ended. May be called again.
 * @property {() => void} closeAndDrop Like `close`, and gives up queued tasks. May be called again.
 * @property {() => void} closeNow Gives up all tasks, and ends when they have stopped. May be called again.
 * @property {() => void} join Waits for the threads. Called once, when the backend has reported its end.
 */

/**
 * The functions of a backend that are called often. They need no `this`.
 * @typedef {object} BackendFunctions
 * @property {(slot: number, input: unknown) => string | null} submit Returns why the task is refused, as a code.
 * @property {SubmitWith} submitWith
 * @property {SubmitWith} [submitInvalid] The addon's: the same for data that no worker accepts.
 * @property {(slot: number, reason?: unknown) => boolean} cancel Returns false if the task has settled already.
 * @property {() => number} room How many tasks would be admitted now.
 * @property {(isNeeded: boolean) => void} keepAlive Keeps the process alive, or lets it end.
 * @property {(priority: number) => void} [admitted] A worker file's: called after a task was admitted.
 * @property {() => void} [admitting] A worker file's: called before a task is submitted.
 * @property {() => void} [stopCancelled] A worker file's: stops the threads of cancelled tasks.
 * @property {() => number} [expire] A worker file's: enforces time limits. Returns after how many milliseconds to do so
 *   again.
 */

/**
 * The functions that only the addon has.
 * @typedef {object} NativeOnlyFunctions
 * @property {(records: Float64Array, values: unknown[], arena: Uint8Array) => number} collect Writes records, see
 *   native/completions.js, and what belongs to them. Returns how many records there are.
 * @property {ArrayBuffer} [ring] The submission ring, in runtimes that can share it.
 * @property {() => void} poll Empties the ring and wakes workers.
 * @property {() => number} age How long ago the pool was made, in milliseconds.
 */

/** @typedef {BackendFunctions & NativeOnlyFunctions} NativeFunctions */

/**
 * Submits a task with options. Times are in milliseconds. Returns why the task is refused, as a code.
 * @callback SubmitWith
 * @param {number} slot
 * @param {unknown} input
 * @param {number} priority
 * @param {number} timeout
 * @param {number} queueTimeout
 * @param {number} [listener] Identifies the listener for the progress of a native task.
 * @param {readonly unknown[]} [transfer] What is moved to a native task.
 * @returns {string | null}
 */

/**
 * A way to submit tasks without options.
 *
 * `prepare` is called before a task takes its slot. The caller's code may run. It returns the time to pass to `submit`.
 * `resize` sets how many workers there may be. `submit` returns why the task is refused, as a code. None of the caller's code runs before the task is counted.
 * @typedef {{
 *   prepare(): number | void,
 *   submit(slot: number, input: unknown, time: number | void): string | null,
 *   resize(size: number): void,
 * }} Submitter
 */

/**
 * Whom to notify.
 * @typedef {object} Listeners
 * @property {(event: string, ...values: unknown[]) => void} announce Emits an event before callers that await tasks continue.
 * @property {() => void} emitAnnounced Emits events that are due, before callers that await tasks continue.
 */

/** @typedef {Pick<InstanceType<typeof DeadlineTimer>, 'schedule' | 'cancel'>} Timer */

/** A timer that never fires. */
const NO_TIMER = { __proto__: null, schedule() {}, cancel() {} };

class PoolState {
  /** @type {Backend} */
  backend;
  /** @type {BackendFunctions} */
  functions;
  /** @type {InstanceType<typeof PendingCount>} */
  pending;
  /** @type {Permits} */
  backpressure;
  /**
   * For tasks with options, and when the pool is closing.
   * @type {InstanceType<typeof CallSubmitter>}
   */
  callSubmitter;
  /**
   * For tasks without options.
   * @type {Submitter}
   */
  submitter;
  /**
   * Enforces the time limits of a worker file's tasks. The addon has timers of its own.
   * @type {Timer}
   */
  limitTimer;
  isClosing = false;
  /** @type {Listeners['announce']} */
  announce;
  /** @type {Listeners['emitAnnounced']} */
  emitAnnounced;
  /** Called when the threads are gone. */
  ended = () => {};

  /**
   * @param {Backend} backend
   * @param {BackendFunctions} functions The backend's.
   * @param {Permits} backpressure
   * @param {WeakOwner} weakOwner The backend's reference to this.
   * @param {Listeners} listeners
   */
  constructor(backend, functions, backpressure, weakOwner, { announce, emitAnnounced }) {
    this.backend = backend;
    this.functions = functions;
    this.pending = new PendingCount(this, weakOwner, functions.keepAlive);
    this.backpressure = backpressure;
    this.callSubmitter = new CallSubmitter(functions, this.pending, backpressure);
    this.submitter = this.callSubmitter;
    this.limitTimer = functions.expire === undefined ? NO_TIMER : new DeadlineTimer(functions.expire);
    this.announce = announce;
    this.emitAnnounced = emitAnnounced;
  }
}

module.exports = { PoolState };
