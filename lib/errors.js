'use strict';

// Every error that the package makes, each with its stable `code`. No other file makes one.

const { describe, messageOf } = require('./describe');

function coded(error, code) {
  // As an assignment does it, but for what may have been done to Object.prototype.
  const property = { __proto__: null, value: code, writable: true, enumerable: true, configurable: true };
  return Object.defineProperty(error, 'code', property);
}

/** The classes of Node's own codes; all other codes are those of a plain `Error`. */
const CLASSES = {
  ERR_INVALID_ARG_TYPE: TypeError,
  ERR_INVALID_ARG_VALUE: TypeError,
  ERR_OUT_OF_RANGE: RangeError,
};

/** As Node's own, which is not exported. */
class AbortError extends Error {
  name = 'AbortError';
}

/** Why a pool does not admit a task, by the code that the native side gives. */
const REFUSALS = {
  ERR_POOL_QUEUE_FULL: 'Backpressure: task queue is full',
  ERR_POOL_CLOSED: 'Pool is closing',
};

function threadNotStarted(message, options) {
  return coded(new Error(`Worker pool: ${message}`, options), 'ERR_WORKER_INIT_FAILED');
}

module.exports = {
  invalidSize: (size) => coded(new RangeError(`Invalid pool size: ${describe(size)}`), 'ERR_OUT_OF_RANGE'),

  /** `name` should be `expected` ("a string"), but is something else. */
  invalidType: (name, expected, value) =>
    coded(
      new TypeError(`${name} must be ${expected}; got ${describe(value)} (${typeof value})`),
      'ERR_INVALID_ARG_TYPE',
    ),

  /** `name` is of the right type, but not `expected` ("a non-negative integer"). */
  outOfRange: (name, expected, value) =>
    coded(new RangeError(`${name} must be ${expected}; got ${describe(value)}`), 'ERR_OUT_OF_RANGE'),

  /** Reading `name` threw `cause`. */
  unreadable: (name, cause) => coded(new TypeError(`${name} could not be read`, { cause }), 'ERR_INVALID_ARG_VALUE'),

  /** What a caller passed to `run` is nothing the worker takes. */
  invalidData: (message, cause) =>
    coded(new TypeError(message, cause === undefined ? undefined : { cause }), 'ERR_INVALID_ARG_VALUE'),

  workerNotFound: (message, cause) =>
    coded(new Error(message, cause === undefined ? undefined : { cause }), 'ERR_POOL_WORKER_NOT_FOUND'),

  /** The addon cannot be loaded. */
  addonMissing: (cause) => {
    const platform = `${process.platform}-${process.arch}`;
    const message = `native-worker-pool has no addon for ${platform}: is the package of this platform installed beside it?`;
    return coded(new Error(message, { cause }), 'ERR_DLOPEN_FAILED');
  },

  /** The operating system gave no thread. The code is the one of Node's own workers. */
  threadNotStarted: (cause) => threadNotStarted(messageOf(cause), { cause }),

  /** The same, of a thread that the pool would need beside those it has. */
  threadMissing: (message) => threadNotStarted(message),

  /** The pool did not admit a task; `code` says why. */
  refused: (code) => coded(new Error(REFUSALS[code]), code),

  /** The signal of a task has aborted it, with this reason. */
  aborted: (cause) => coded(new AbortError('The operation was aborted', { cause }), 'ABORT_ERR'),

  /** A task ran for longer than its `timeout`. */
  timedOut: (timeout) => coded(new Error(`Task ran for longer than ${timeout} ms`), 'ERR_POOL_TIMEOUT'),

  /** A task waited for longer than its `queueTimeout`. */
  waitedTooLong: (queueTimeout) =>
    coded(new Error(`Task waited for a worker for longer than ${queueTimeout} ms`), 'ERR_POOL_QUEUE_TIMEOUT'),

  /** The pool was closed by force before a task had ended. */
  givenUp: () => coded(new Error('Pool is closing: the task was given up'), 'ERR_POOL_CLOSED'),

  /** The thread of a worker file has ended by itself; `isDeaf` if it has never taken a task, though it had one. */
  crashed: (code, isDeaf) =>
    coded(
      new Error(
        `Worker exited with code ${code}`,
        isDeaf
          ? { cause: new Error('The worker file neither exports a function nor listens on parentPort') }
          : undefined,
      ),
      'ERR_POOL_CRASH',
    ),

  /** What a native worker said of its task, in its words. */
  fromNative: (code, message) => coded(new (CLASSES[code] ?? Error)(message), code),
};
