'use strict';

// Every error that the package makes, each with its stable `code`. No other file makes one.

const { arch, platform } = require('node:process');
const { closestName } = require('./closest-name');
const { describe } = require('./describe');
const { whyNoAddons, whyNoThread } = require('./permission');

function coded(error, code) {
  // Like an assignment, which would call a setter of Object.prototype.
  const property = { __proto__: null, value: code, writable: true, enumerable: true, configurable: true };
  return Object.defineProperty(error, 'code', property);
}

/** The second argument of an error's class. */
const causedBy = (cause) => ({ __proto__: null, cause });

/** The classes of Node's own codes; all other codes are those of a plain `Error`. */
const CLASSES = {
  __proto__: null,
  ERR_INVALID_ARG_TYPE: TypeError,
  ERR_INVALID_ARG_VALUE: TypeError,
  ERR_OUT_OF_RANGE: RangeError,
};

/** As Node's own, which is not exported. */
class AbortError extends Error {
  name = 'AbortError';
}

/** Why a pool does not admit a task, by the code that the backend returns. */
const REFUSALS = {
  __proto__: null,
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
  unreadable: (name, cause) =>
    coded(new TypeError(`${name} could not be read`, causedBy(cause)), 'ERR_INVALID_ARG_VALUE'),

  /** `method` has no option of that name, but those of `names`. */
  unknownOption: (method, name, names) => {
    const closest = closestName(name, names);
    const hint = closest === undefined ? `its options are ${names.join(', ')}` : `did you mean ${closest}?`;
    return coded(
      new TypeError(`options.${describe(name)} is not an option of ${method}; ${hint}`),
      'ERR_INVALID_ARG_VALUE',
    );
  },

  /** What a caller passed to `run` is nothing the worker takes. */
  invalidData: (message, cause) =>
    coded(new TypeError(message, cause === undefined ? undefined : causedBy(cause)), 'ERR_INVALID_ARG_VALUE'),

  workerNotFound: (message, cause) =>
    coded(new Error(message, cause === undefined ? undefined : causedBy(cause)), 'ERR_POOL_WORKER_NOT_FOUND'),

  /** The addon cannot be loaded. */
  addonMissing: (cause) => {
    const why = whyNoAddons(cause);
    const message =
      why === undefined
        ? `native-worker-pool has no addon for ${platform}-${arch}: is the package of this platform installed beside it?`
        : `native-worker-pool is an addon: ${why}`;
    return coded(new Error(message, causedBy(cause)), 'ERR_DLOPEN_FAILED');
  },

  /** The operating system gave no thread, or Node.js permits none. The code is the one of Node's own workers. */
  threadNotStarted: (cause) => threadNotStarted(whyNoThread(cause), causedBy(cause)),

  /** The same, of a thread that the pool would need beside those it has. */
  threadMissing: (message) => threadNotStarted(message),

  /** The pool did not admit a task; `code` says why. */
  refused: (code) => coded(new Error(REFUSALS[code]), code),

  /** The signal of a task has aborted it, with this reason. */
  aborted: (cause) => coded(new AbortError('The operation was aborted', causedBy(cause)), 'ABORT_ERR'),

  /** A task ran for longer than its `timeout`. */
  timedOut: (timeout) => coded(new Error(`Task ran for longer than ${timeout} ms`), 'ERR_POOL_TIMEOUT'),

  /** A task waited for longer than its `queueTimeout`. */
  queueTimedOut: (queueTimeout) =>
    coded(new Error(`Task waited for a worker for longer than ${queueTimeout} ms`), 'ERR_POOL_QUEUE_TIMEOUT'),

  /** The pool was closed by force before a task had ended. */
  givenUp: () => coded(new Error('Pool is closing: the task was given up'), 'ERR_POOL_CLOSED'),

  /** The thread of a worker file has ended by itself, with that exit code; `cause` says more if that is known. */
  crashed: (code, cause) =>
    coded(
      new Error(`Worker exited with code ${code}`, cause === undefined ? undefined : causedBy(cause)),
      'ERR_POOL_CRASH',
    ),

  /** The top-level `await` of a worker file can never settle: nothing is left that it could wait for. */
  neverLoaded: (file) => new Error(`The worker file never finished loading, its top-level await is unsettled: ${file}`),

  /** A worker file is of neither style; `names` are those of its exports. */
  noTask: (file, names) => {
    const exported = names.length === 0 ? 'nothing' : names.join(', ');
    const message = `The worker file neither exports a function as its default nor listens on parentPort`;
    return coded(new Error(`${message}; it exports ${exported}: ${file}`), 'ERR_POOL_TASK_NOT_FOUND');
  },

  /** What a native worker said of its task, in its words. */
  fromNative: (code, message) => coded(new (CLASSES[code] ?? Error)(message), code),
};
