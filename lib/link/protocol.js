'use strict';

// The messages between a pool and the threads of its worker file, and the memory that they share.
//
// The tasks of a thread are numbered in the order in which they are posted to it. The numbers are signed 32-bit
// integers and wrap around, see claims.js.

/** @typedef {import('node:worker_threads').TransferListItem} TransferListItem */

/**
 * A message to the thread: the kind, the number of the task, its data, what is transferred, and the name of the export.
 * @typedef {[kind: number, number?: number, value?: unknown, list?: TransferListItem[], name?: string]} MessageToThread
 */

/**
 * A message to the pool: the kind, the number of the task or 0, a time or 0, and the value.
 * @typedef {[kind: number, number?: number, took?: number, value?: unknown]} MessageToPool
 */

module.exports = {
  // To the thread.

  /** `[RUN, number, data, list]`: run a task. `list` is the transfer list, if there is one; see moved.js. */
  RUN: 0,
  /** `[ABORT, number, reason]`: abort a task. `reason` is encoded (error-codec.js), or undefined if it cannot be. */
  ABORT: 1,
  /** `[EXIT]`: no more tasks follow. */
  EXIT: 2,
  /** `[GET_LAST_ENDED]`: the thread answers `LAST_ENDED`. */
  GET_LAST_ENDED: 3,
  /** `[WRITTEN, stream]`: the output of a stream has been written, as `PRINTED` requested. */
  WRITTEN: 4,
  /** `[BROADCAST, 0, value]`: a value for the file. */
  BROADCAST: 5,

  // To the pool.

  /** `[READY, 0, 0, time]`: the worker file has loaded. `time` is on the clock of shared-clock.js. */
  READY: 0,
  /** `[COMPLETED, number, took, result]`: a task ran for `took` milliseconds and has a result. */
  COMPLETED: 1,
  /** `[FAILED, number, took, error]`: a task ran for `took` milliseconds and failed with an encoded error. */
  FAILED: 2,
  /** `[PROGRESS, number, 0, value]`: a running task reports progress. */
  PROGRESS: 3,
  /** `[LOAD_FAILED, 0, 0, error]`: loading the worker file failed with an encoded error. The thread ends. */
  LOAD_FAILED: 4,
  /** `[UNCAUGHT, 0, 0, error]`: an encoded error was not caught. The thread ends, unless the file handles the error. */
  UNCAUGHT: 5,
  /** `[LAST_ENDED, number, 0, running]`: the tasks up to this one have ended, except for those that run. */
  LAST_ENDED: 6,
  /** `[PRINTED, 0, stream, [stream, piece, ...]]`: output. The pool answers `WRITTEN` for the stream, unless `NONE`. */
  PRINTED: 7,
  /**
   * `[NO_HANDLER, 0, 0, names]`: the file neither listens nor exports a function, only these names. The thread ends.
   */
  NO_HANDLER: 8,
  /** `[LISTENS]`: the file listens, but it would have to run several tasks at a time. The thread ends. */
  LISTENS: 16,
  /** `[LOAD_STALLED]`: the event loop ran empty while the file was loading. The thread usually ends. */
  LOAD_STALLED: 9,
  /**
   * `[EARLY_OUTPUT]`: output from before the file was loaded is pending on the streams of the `Worker`. The pool holds
   * the following messages until `[CAUGHT_UP]`.
   */
  EARLY_OUTPUT: 10,
  /**
   * `[RETURNED, number, 0, [data, list]]`: the thread exits and transfers back the data of a task that it never began.
   */
  RETURNED: 11,
  /** `[SURVIVED, exit]`: the thread has run its exit handlers, for which it had set `EXITING` to `exit`, and continues. */
  SURVIVED: 12,
  /** `[TEARDOWN_FAILED, 0, 0, error]`: the `teardown` of the file has failed with an encoded error. */
  TEARDOWN_FAILED: 14,
  /** `[MESSAGE, 0, 0, value]`: a message of the file that answers no task. */
  MESSAGE: 15,
  /** `[CAUGHT_UP]`: the output that `[EARLY_OUTPUT]` announced has been written. */
  CAUGHT_UP: 13,

  // The streams of a file's output.

  STDOUT: 0,
  STDERR: 1,
  NONE: -1,

  // Memory that a thread shares with its pool: the index of each 32-bit integer. `POSTED` and `BEGUN` have cache lines
  // of their own, since each is written often by one side.

  /** The number of the task that was posted last. */
  POSTED: 0,
  /** The number of the task that was claimed last: begun by the thread or recalled by the pool. See claims.js. */
  BEGUN: 16,
  /** 1 while the pool transfers objects to the thread, see moved.js. */
  MOVING: 17,
  /** Not 0 from when the thread runs its exit handlers until the pool knows that it has survived them, see moved.js. */
  EXITING: 18,
  /** 1 once the heap of the thread has exceeded its limit after a task. */
  HEAVY: 19,
  /** The length of this memory. */
  OWN_LENGTH: 32,

  // Memory that all threads of a pool share.

  /** The number of the thread that spins, or `NOBODY`. See worker-thread/spin.js. */
  SPINNER: 0,
  NOBODY: 0,
  /** The length of this memory. */
  COMMON_LENGTH: 1,
};
