'use strict';

// The errors that a processor throws to BullMQ. BullMQ takes some names and a message for instructions of its own, so
// an error of a task must not carry them: the job would stay active and run again without end.

const { types } = require('node:util');
const { UnrecoverableError } = require('bullmq');

const CONTROL_NAMES = ['DelayedError', 'WaitingError', 'WaitingChildrenError', 'RateLimitError'];
const CONTROL_MESSAGE = 'bullmq:rateLimitExceeded';

/** The codes of errors that the same data would cause again. */
const FINAL_CODES = [
  'ERR_INVALID_ARG_TYPE',
  'ERR_INVALID_ARG_VALUE',
  'ERR_OUT_OF_RANGE',
  'ERR_INVALID_DATA',
  'ERR_BUFFER_TOO_LARGE',
  'ERR_POOL_TASK_NOT_FOUND',
];

/**
 * Whether a retry is useless: the data is bad, or the task says so by the name of its error.
 * @param {unknown} error
 */
function isFinal(error) {
  const { code, name } = /** @type {{ code?: unknown, name?: unknown }} */ (error ?? {});
  return (
    FINAL_CODES.includes(/** @type {string} */ (code)) || name === 'DataCloneError' || name === 'UnrecoverableError'
  );
}

/**
 * @param {unknown} error What the task has rejected with.
 * @param {boolean} final
 * @returns {Error} what to throw. It has the message and the code of `error`, and is `error` itself or has it as cause.
 */
function jobError(error, final) {
  if (!types.isNativeError(error)) return wrapped(Error, `${String(error)}`, error);
  const isControl = CONTROL_NAMES.includes(error.name) || error.message === CONTROL_MESSAGE;
  if (!isControl && !final) return error;
  return wrapped(
    final ? UnrecoverableError : Error,
    isControl ? `${error.name}: ${error.message}` : error.message,
    error,
  );
}

/**
 * @param {new (message: string) => Error} Class
 * @param {string} message
 * @param {any} cause
 */
function wrapped(Class, message, cause) {
  const error = new Class(message === CONTROL_MESSAGE ? `Error: ${message}` : message);
  Object.defineProperty(error, 'cause', { value: cause, writable: true, configurable: true });
  return cause?.code === undefined ? error : Object.assign(error, { code: cause.code });
}

module.exports = { isFinal, jobError };
