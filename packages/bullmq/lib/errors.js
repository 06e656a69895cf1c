'use strict';

// Creates every error of the package, each with its stable `code`. No other file creates one.

const { inspect } = require('node:util');

/**
 * @template {Error} E
 * @param {E} error
 * @param {string} code
 * @returns {E & { code: string }}
 */
const coded = (error, code) => Object.assign(error, { code });

/** The same as in Node.js, which does not export it. */
class AbortError extends Error {
  name = 'AbortError';
}

/** @param {unknown} value */
const shown = (value) => inspect(value, { depth: 0, maxStringLength: 60, breakLength: Infinity });

/** @param {number} bytes */
const sizeText = (bytes) => `${bytes} bytes`;

module.exports = {
  /**
   * @param {string} name The argument or option.
   * @param {string} expected Such as "a string".
   * @param {unknown} value
   */
  invalidType: (name, expected, value) =>
    coded(new TypeError(`${name} must be ${expected}; got ${shown(value)}`), 'ERR_INVALID_ARG_TYPE'),

  /**
   * @param {string} name The argument or option.
   * @param {string} expected
   * @param {unknown} value
   */
  outOfRange: (name, expected, value) =>
    coded(new RangeError(`${name} must be ${expected}; got ${shown(value)}`), 'ERR_OUT_OF_RANGE'),

  /**
   * @param {string} method
   * @param {string} name The unknown name.
   * @param {string[]} names The valid names.
   */
  unknownOption: (method, name, names) =>
    coded(
      new TypeError(`options.${name} is not an option of ${method}; its options are ${names.join(', ')}`),
      'ERR_INVALID_ARG_VALUE',
    ),

  /**
   * A value cannot travel through Redis unchanged.
   * @param {string} where Such as "data.items[3]".
   * @param {string} problem Such as "is a function".
   */
  unsendable: (where, problem) =>
    coded(new TypeError(`${where} ${problem}, which cannot be sent to another process`), 'ERR_INVALID_ARG_VALUE'),

  /**
   * Data or a result is larger than a limit.
   * @param {string} what "data" or "result".
   * @param {number} limit In bytes.
   * @param {string} option The option with the limit.
   */
  tooLarge: (what, limit, option) =>
    coded(
      new RangeError(
        `${what} is larger than ${option}, which is ${sizeText(limit)} of JSON. ` +
          'Pass a URL, or the key of an object in an object store, instead of the bytes',
      ),
      'ERR_BUFFER_TOO_LARGE',
    ),

  /**
   * What arrived through Redis is not what this package writes.
   * @param {string} problem
   * @param {unknown} [cause]
   */
  malformed: (problem, cause) =>
    coded(new Error(problem, cause === undefined ? undefined : { cause }), 'ERR_INVALID_DATA'),

  queueFull: () => coded(new Error('Backpressure: task queue is full'), 'ERR_POOL_QUEUE_FULL'),

  closed: () => coded(new Error('Pool is closing'), 'ERR_POOL_CLOSED'),

  /** A forced close ended the task. */
  givenUp: () => coded(new Error('Pool is closing: the task was given up'), 'ERR_POOL_CLOSED'),

  /** @param {unknown} cause The reason of the signal. */
  aborted: (cause) => coded(new AbortError('The operation was aborted', { cause }), 'ABORT_ERR'),

  /** @param {number} queueTimeout In milliseconds. */
  queueTimedOut: (queueTimeout) =>
    coded(new Error(`Task waited for a server for longer than ${queueTimeout} ms`), 'ERR_POOL_QUEUE_TIMEOUT'),

  /** The servers of a task died as often as BullMQ permits. */
  crashed: () =>
    coded(
      new Error('The task was given up: each server that ran it died or lost its connection to Redis'),
      'ERR_POOL_CRASH',
    ),

  /**
   * Redis was never reached.
   * @param {number} milliseconds
   * @param {unknown} cause The last error of the connection.
   */
  unreachable: (milliseconds, cause) =>
    coded(
      new Error(
        `Redis was not reached within ${milliseconds} ms${cause instanceof Error && cause.message ? `: ${cause.message}` : ''}`,
        { cause },
      ),
      'ERR_POOL_UNREACHABLE',
    ),

  /**
   * A job failed outside of this package's processor.
   * @param {string} reason BullMQ's `failedReason`.
   */
  failedJob: (reason) => new Error(reason),

  /**
   * A native task named a file, and the server does not permit it.
   * @param {string} field "file" or "output".
   * @param {string} problem
   */
  fileRefused: (field, problem) => coded(new Error(`data.${field} ${problem}`), 'ERR_INVALID_ARG_VALUE'),

  /** @param {unknown} cause */
  noRedisClient: (cause) =>
    coded(new Error('RemotePool needs the package ioredis: npm install ioredis', { cause }), 'ERR_POOL_UNREACHABLE'),
};
