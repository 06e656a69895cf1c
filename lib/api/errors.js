'use strict';

// Creates every error of the package, each with its stable `code`. No other file of lib/ creates one.

const { arch, platform } = require('node:process');
const { closestName } = require('./closest-name');
const { describe, typeOf } = require('./describe');
const { whyNoAddons, whyNoThread } = require('./permission');

const { DOMException } = globalThis; // before a program can replace it

/** @typedef {Error & { code: string }} CodedError */

/**
 * @template {Error} E
 * @param {E} error
 * @param {string} code
 * @returns {E & CodedError}
 */
function coded(error, code) {
  return /** @type {E & CodedError} */ (define(error, 'code', code));
}

/**
 * Sets a property without calling a setter of Object.prototype.
 * @param {Error} error
 * @param {string} name
 * @param {unknown} value
 */
function define(error, name, value) {
  const property = { __proto__: null, value, writable: true, enumerable: true, configurable: true };
  return Object.defineProperty(error, name, property);
}

/**
 * The second argument of an error's constructor.
 * @param {unknown} cause
 */
const causedBy = (cause) => ({ __proto__: null, cause });

/** @param {unknown} cause `undefined` if there is none. */
const maybeCausedBy = (cause) => (cause === undefined ? undefined : causedBy(cause));

/**
 * The error of a native task. `details` are further properties.
 * @typedef {{ className: string, code?: string, message: string, details: { [name: string]: unknown } }} NativeFailure
 */

/**
 * The classes of native errors other than `Error`.
 * @type {{ [name: string]: ErrorConstructor | null | undefined }}
 */
const CLASSES = { __proto__: null, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError };

/** The same as in Node.js, which does not export it. */
class AbortError extends Error {
  name = 'AbortError';
}

/**
 * The messages of refused tasks, by the code that the backend returns.
 * @type {{ [code: string]: string | null }}
 */
const REFUSALS = {
  __proto__: null,
  ERR_POOL_QUEUE_FULL: 'Backpressure: task queue is full',
  ERR_POOL_CLOSED: 'Pool is closing',
};

/**
 * What callers who pass the fields of a task as options have to know, by the method.
 * @type {{ [method: string]: string | null | undefined }}
 */
const DATA_OF = {
  __proto__: null,
  run: '; the data of the task is the first argument',
  map: '; the data of the tasks are the items',
  stream: '; the data of the tasks are the items',
};

/** The options of `run`, which callers may write among the fields of a task by mistake. */
const OPTIONS_OF_RUN = ['name', 'onProgress', 'priority', 'queueTimeout', 'signal', 'timeout', 'transfer'];

/**
 * What callers who write an option among the fields of a task have to know; `undefined` if it is none.
 * @param {string} subject What has the name.
 * @param {string} name
 */
function optionHint(subject, name) {
  if (subject !== 'data' || !OPTIONS_OF_RUN.includes(name)) return undefined;
  return `${name} is an option, and options are the second argument`;
}

/**
 * @param {string} message
 * @param {ErrorOptions} [options]
 */
function initFailed(message, options) {
  return coded(new Error(`Worker pool: ${message}`, options), 'ERR_WORKER_INIT_FAILED');
}

module.exports = {
  /** @param {unknown} size */
  invalidSize: (size) => coded(new RangeError(`Invalid pool size: ${describe(size)}`), 'ERR_OUT_OF_RANGE'),

  /**
   * An argument or option has the wrong type.
   * @param {string} name
   * @param {string} expected Such as "a string".
   * @param {unknown} value
   */
  invalidType: (name, expected, value) =>
    coded(
      new TypeError(`${name} must be ${expected}; got ${describe(value)} (${typeof value})`),
      'ERR_INVALID_ARG_TYPE',
    ),

  /**
   * Like `invalidType`, for a value that may be secret: the message contains only its type.
   * @param {string} name
   * @param {string} expected
   * @param {unknown} value
   */
  invalidSecret: (name, expected, value) =>
    coded(new TypeError(`${name} must be ${expected}; got a value of type ${typeOf(value)}`), 'ERR_INVALID_ARG_TYPE'),

  /**
   * An argument or option has the right type and a wrong value.
   * @param {string} name
   * @param {string} expected Such as "a non-negative integer".
   * @param {unknown} value
   */
  outOfRange: (name, expected, value) =>
    coded(new RangeError(`${name} must be ${expected}; got ${describe(value)}`), 'ERR_OUT_OF_RANGE'),

  /**
   * An External that is no native task: an object of an addon, which shows nothing but an address.
   * @param {string} name The argument.
   * @param {string} expected What it could be.
   */
  foreignExternal: (name, expected) =>
    coded(new TypeError(`${name} must be ${expected}; got an External that is no native task`), 'ERR_INVALID_ARG_TYPE'),

  /**
   * An option that native tasks do not have.
   * @param {string} name
   */
  onlyForFiles: (name) =>
    coded(new TypeError(`${name} applies to worker files; this pool runs native tasks`), 'ERR_INVALID_ARG_VALUE'),

  /**
   * A native task of another addon cannot run.
   * @param {string} name The argument.
   * @param {string} problem
   * @param {unknown} cause
   */
  invalidTask: (name, problem, cause) =>
    coded(new TypeError(`${name} ${problem}`, causedBy(cause)), 'ERR_INVALID_ARG_VALUE'),

  /**
   * A getter or a proxy of the caller threw `cause`.
   * @param {string} name The argument or option that was read.
   * @param {unknown} cause
   */
  unreadable: (name, cause) =>
    coded(new TypeError(`${name} could not be read`, causedBy(cause)), 'ERR_INVALID_ARG_VALUE'),

  /**
   * @param {string} subject What has the name: 'options', or 'data' of a native task.
   * @param {string} method
   * @param {string} name The unknown name.
   * @param {string[]} names The valid names.
   * @param {string} [meant] The valid name, if `name` is what another library calls it.
   */
  unknownOption: (subject, method, name, names, meant = closestName(name, names)) => {
    const one = subject === 'options' ? 'option' : 'field';
    const list = () => `its ${one}s are ${names.join(', ')}${one === 'option' ? (DATA_OF[method] ?? '') : ''}`;
    const suggestion = () => (meant === undefined ? list() : `did you mean ${meant}?`);
    const hint = optionHint(subject, name) ?? suggestion();
    return coded(
      new TypeError(
        `${subject}.${describe(name)} is not ${one === 'option' ? 'an' : 'a'} ${one} of ${method}; ${hint}`,
      ),
      'ERR_INVALID_ARG_VALUE',
    );
  },

  /**
   * The data of a native task contains a value that native tasks do not support.
   * @param {string} kind Describes the value.
   * @param {string} [field] The name of the field that contains it.
   */
  unsupportedData(kind, field = '') {
    const hint = optionHint('data', field);
    const message = `The data of a native task cannot contain a ${kind}`;
    const error = new TypeError(hint === undefined ? message : `${message}; ${hint}`);
    return coded(error, 'ERR_INVALID_ARG_VALUE');
  },

  /**
   * The worker does not accept the data of `run`.
   * @param {string} message
   * @param {unknown} [cause]
   */
  invalidData: (message, cause) => coded(new TypeError(message, maybeCausedBy(cause)), 'ERR_INVALID_ARG_VALUE'),

  /**
   * @param {number} bytes
   * @param {unknown} cause
   */
  noMemory: (bytes, cause) =>
    coded(new RangeError(`There are no ${bytes} bytes of memory`, causedBy(cause)), 'ERR_BUFFER_TOO_LARGE'),

  /** A buffer that is to be moved was moved before. The error is that of `structuredClone`. */
  detached: () => new DOMException('An ArrayBuffer is detached and could not be cloned.', 'DataCloneError'),

  /** A transfer list has the same buffer twice. The error is that of `structuredClone`. */
  transferredTwice: () => new DOMException('Transfer list contains duplicate ArrayBuffer', 'DataCloneError'),

  /**
   * @param {string} message
   * @param {unknown} [cause]
   */
  workerNotFound: (message, cause) => coded(new Error(message, maybeCausedBy(cause)), 'ERR_POOL_WORKER_NOT_FOUND'),

  /**
   * The addon could not be loaded.
   * @param {unknown} cause
   */
  addonMissing: (cause) => {
    const why = whyNoAddons(cause);
    const message =
      why === undefined
        ? `native-worker-pool has no addon for ${platform}-${arch}: is the package of this platform installed beside it?`
        : `native-worker-pool is an addon: ${why}`;
    return coded(new Error(message, causedBy(cause)), 'ERR_DLOPEN_FAILED');
  },

  /**
   * The operating system or the permission model of Node.js refused a thread. The code is that of `Worker`.
   * @param {unknown} cause
   */
  threadNotStarted: (cause) => initFailed(whyNoThread(cause), causedBy(cause)),

  /**
   * The operating system refused an additional thread of a native pool.
   * @param {string} message
   */
  threadMissing: (message) => initFailed(message),

  /**
   * The pool did not admit a task.
   * @param {string} code The reason, as the backend returned it.
   */
  refused: (code) => coded(new Error(/** @type {string} */ (REFUSALS[code])), code),

  /**
   * The signal of a task was aborted.
   * @param {unknown} cause The reason of the signal.
   */
  aborted: (cause) => coded(new AbortError('The operation was aborted', causedBy(cause)), 'ABORT_ERR'),

  /**
   * A task exceeded its `timeout`.
   * @param {number} timeout In milliseconds.
   */
  timedOut: (timeout) => coded(new Error(`Task ran for longer than ${timeout} ms`), 'ERR_POOL_TIMEOUT'),

  /**
   * A task exceeded its `queueTimeout`.
   * @param {number} queueTimeout In milliseconds.
   */
  queueTimedOut: (queueTimeout) =>
    coded(new Error(`Task waited for a worker for longer than ${queueTimeout} ms`), 'ERR_POOL_QUEUE_TIMEOUT'),

  /** A forced close ended the task. */
  givenUp: () => coded(new Error('Pool is closing: the task was given up'), 'ERR_POOL_CLOSED'),

  /**
   * The thread of a worker file exited under its task.
   * @param {number} code The exit code.
   * @param {unknown} [cause] The reason, if it is known.
   */
  crashed: (code, cause) => coded(new Error(`Worker exited with code ${code}`, maybeCausedBy(cause)), 'ERR_POOL_CRASH'),

  /**
   * The event loop of a thread ran empty at the top-level `await` of its worker file, which can never settle.
   * @param {string} file
   */
  neverLoaded: (file) =>
    new Error(`The worker file never finished loading: its top-level await never settles: ${file}`),

  /**
   * The worker file neither exports a function nor listens.
   * @param {string} file
   * @param {string[]} names The names of its exports.
   */
  noTask: (file, names) => {
    const exported = names.length === 0 ? 'nothing' : names.join(', ');
    const message = `The worker file neither exports a function as its default nor listens on parentPort`;
    return coded(new Error(`${message}; it exports ${exported}: ${file}`), 'ERR_POOL_TASK_NOT_FOUND');
  },

  /**
   * The worker file listens, and its pool has `concurrency`.
   * @param {string} file
   */
  listens: (file) => {
    const message = `The worker file listens on parentPort, which allows one task at a time; with options.concurrency it must export a function`;
    return coded(new Error(`${message}: ${file}`), 'ERR_POOL_TASK_NOT_FOUND');
  },

  /**
   * The pool has no task of that name.
   * @param {string | undefined} name
   * @param {string[]} names Of its tasks.
   */
  taskNotFound: (name, names) => {
    const closest = name === undefined ? undefined : closestName(name, names);
    const what = name === undefined ? 'options.name is required' : `There is no task ${describe(name)}`;
    const hint = closest === undefined ? `the tasks are ${names.join(', ')}` : `did you mean ${closest}?`;
    return coded(new Error(`${what}; ${hint}`), 'ERR_POOL_TASK_NOT_FOUND');
  },

  /**
   * A native task failed.
   * @param {NativeFailure} failure
   */
  fromNative: ({ className, code, message, details }) => {
    const error = new (CLASSES[className] ?? Error)(message);
    for (const name of Object.keys(details)) define(error, name, details[name]);
    return code === undefined ? error : coded(error, code);
  },
};
