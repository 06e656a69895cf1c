'use strict';

// What a pool and the threads of its worker file say to each other. Each message is an array: what it
// is about, the number of the task, and what is said below.
//
// A thread's tasks are numbered in the order in which they are posted to it. The numbers have 32 bits, signed, and may
// wrap: see claims.js.

module.exports = {
  // To the thread.

  /** Run this: its data, and if something is moved with it a list of that, see moved.js. */
  RUN: 0,
  /** The task is not wanted any more: why, see error-codec.js, if that can be said. */
  ABORT: 1,
  /** There are no more tasks. */
  EXIT: 2,
  /** Say which task has ended last. */
  ENDED: 3,
  /** What was printed has been written: of which stream, see `PRINTED`. */
  WRITTEN: 4,

  // To the pool.

  /** The worker file is loaded: no task and no time, and when, see shared-clock.js. */
  READY: 0,
  /** The task has a result: for how many milliseconds it ran, and the result. */
  COMPLETED: 1,
  /** The task has failed: for how many milliseconds it ran, and the error, see error-codec.js. */
  FAILED: 2,
  /** The task reports something while it runs: nothing yet of its time, and what. */
  PROGRESS: 3,
  /** The worker file could not be loaded: no time, and the error, see error-codec.js. */
  BROKEN: 4,
  /** Something was thrown and not caught: no time, and the error. The thread ends, unless its file sees to it. */
  THROWN: 5,
  /** The number of the task that has ended last. */
  LAST_ENDED: 6,
  /** The file has printed something: no task, the stream for which to answer `WRITTEN`, and `[stream, piece, ...]`. */
  PRINTED: 7,
  /** The worker file neither exports a function nor listens; the names of its exports. The thread ends. */
  USELESS: 8,
  /** The event loop is empty, but the module has not finished loading. The thread ends, unless its file goes on. */
  STALLED: 9,
  /** Something that was printed before the file was loaded is on its way by Node.js's own port, which has to be read. */
  BEHIND: 10,
  /** The thread exits before it has begun the task: no time, and `[data, list]` as in `RUN`. */
  RETURNED: 11,

  // The streams that a file prints on.

  STDOUT: 0,
  STDERR: 1,
  NONE: -1,

  // In memory that both see, 32 bits each; what one of them writes often is in a cache line of its own.

  /** The number of the task that was posted last. */
  POSTED: 0,
  /** The number of the task that the thread has begun last, or the pool has taken back, see claims.js. */
  BEGUN: 16,
  /** Whether the pool is moving something to the thread, and whether the thread exits, see moved.js. */
  MOVING: 17,
  EXITING: 18,
  /** How many numbers there are in that memory. */
  OWN_LENGTH: 32,

  // In memory that all threads of a pool see.

  /** The thread that spins, see spin.js, or `NOBODY`. */
  SPINNER: 0,
  NOBODY: 0,
  COMMON_LENGTH: 1,
};
