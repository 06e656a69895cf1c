'use strict';

// The JSON that this package stores in BullMQ's fields, recognized by a mark.

const errors = require('../errors');
const { parse, stringify } = require('./values');

const MARK = 'native-worker-pool';
const VERSION = 1;

/**
 * What a RemotePool stores as the data of a job.
 * @typedef {object} TaskEnvelope
 * @property {string} value The data of the task, as text of values.js.
 * @property {string} reply The id of the RemotePool that waits for the result.
 * @property {string} [name] The task.
 * @property {number} [timeout] In milliseconds.
 * @property {boolean} [progress] Whether the task's progress is wanted.
 * @property {number} ttl How long the result stays in Redis, in milliseconds.
 * @property {number} limit The largest result, in bytes of JSON.
 */

/** @param {TaskEnvelope} fields */
const taskEnvelope = (fields) => ({ [MARK]: VERSION, ...fields });

/**
 * @param {unknown} data The data of a job. It is untrusted.
 * @returns {TaskEnvelope | undefined} `undefined` if a RemotePool has not written it.
 * @throws `ERR_INVALID_DATA` for a malformed envelope.
 */
function readTaskEnvelope(data) {
  if (!isMarked(data) || !('reply' in data)) return undefined;
  checkVersion(data);
  const { value, reply, name, timeout, ttl, limit } = /** @type {any} */ (data);
  const isValid =
    typeof value === 'string' &&
    typeof reply === 'string' &&
    /^[\w-]{1,64}$/.test(reply) &&
    (name === undefined || typeof name === 'string') &&
    (timeout === undefined || isPositive(timeout)) &&
    isPositive(ttl) &&
    isPositive(limit);
  if (!isValid) throw errors.malformed('The job was not written by a RemotePool, although it is marked so');
  return /** @type {any} */ (data);
}

/**
 * Writes a value as JSON that BullMQ stores unchanged: as it is if JSON can hold it, otherwise in an envelope.
 * @param {unknown} value
 * @param {{ what: string, limit: number, option: string }} use See `stringify`.
 */
function packValue(value, use) {
  const text = stringify(value, use);
  return isMarked(value) || text.includes('{"$":') ? { [MARK]: VERSION, value: text } : value;
}

/**
 * The inverse of `packValue`.
 * @param {unknown} stored
 * @throws `ERR_INVALID_DATA` for a malformed envelope.
 */
function unpackValue(stored) {
  if (!isMarked(stored)) return stored;
  checkVersion(stored);
  const { value } = /** @type {{ value?: unknown }} */ (stored);
  if (typeof value !== 'string') throw errors.malformed('The envelope has no value');
  return parse(value);
}

/**
 * @param {unknown} data
 * @returns {data is { [MARK]: unknown }}
 */
const isMarked = (data) => typeof data === 'object' && data !== null && Object.hasOwn(data, MARK);

/** @param {{ [MARK]: unknown }} data */
function checkVersion(data) {
  if (data[MARK] === VERSION) return;
  throw errors.malformed(
    `The envelope has version ${JSON.stringify(data[MARK])}; this package reads version ${VERSION}`,
  );
}

/** @param {unknown} value */
const isPositive = (value) => typeof value === 'number' && value > 0;

module.exports = { packValue, readTaskEnvelope, taskEnvelope, unpackValue };
