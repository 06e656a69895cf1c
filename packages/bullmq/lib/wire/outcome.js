'use strict';

// The outcome of a task as text: `+` and the result, or `-` and what the task rejected with.

const { types } = require('node:util');
const errors = require('../errors');
const { parse, stringify } = require('./values');

/** An error of more bytes travels without its stack and properties. */
const ERROR_LIMIT = 64 * 1024;

/** The longest message of such an error, in UTF-16 units. */
const MESSAGE_LIMIT = 4096;

/**
 * @param {unknown} result
 * @param {number} limit In bytes.
 * @param {string} option The option with that limit.
 */
const resultText = (result, limit, option) => `+${stringify(result, { what: 'result', limit, option })}`;

/**
 * Never throws.
 * @param {unknown} error Anything can be thrown.
 */
function errorText(error) {
  const use = { what: 'error', limit: ERROR_LIMIT, option: 'the limit of errors' };
  try {
    return `-${stringify(error, use)}`;
  } catch {
    return `-${stringify(summaryOf(error), use)}`;
  }
}

/**
 * An error without what made it too large or unsendable.
 * @param {unknown} error
 */
function summaryOf(error) {
  const { name, message, code } = /** @type {{ name?: unknown, message?: unknown, code?: unknown }} */ (
    typeof error === 'object' && error !== null ? error : { message: String(error) }
  );
  const summary = new Error(String(message).slice(0, MESSAGE_LIMIT));
  if (typeof name === 'string') summary.name = name.slice(0, 256);
  summary.stack = `${summary.name}: ${summary.message}`;
  return typeof code === 'string' || typeof code === 'number' ? Object.assign(summary, { code }) : summary;
}

/**
 * @param {string} text
 * @returns {{ failed: boolean, value: unknown }}
 */
function readOutcome(text) {
  try {
    const value = parse(text.slice(1));
    if (text.startsWith('+')) return { failed: false, value };
    if (text.startsWith('-')) return { failed: true, value };
    throw errors.malformed('The outcome of the task is neither a result nor an error');
  } catch (value) {
    return { failed: true, value };
  }
}

/**
 * A short description for BullMQ's `failedReason`.
 * @param {unknown} error
 */
function reasonOf(error) {
  if (!types.isNativeError(error)) return `a value that is no error was thrown: ${String(summaryOf(error).message)}`;
  const { code } = /** @type {{ code?: unknown }} */ (error);
  return `${error.name}${typeof code === 'string' ? ` [${code}]` : ''}: ${error.message}`.slice(0, MESSAGE_LIMIT);
}

module.exports = { errorText, readOutcome, reasonOf, resultText };
