'use strict';

// What a server sends to the RemotePool that submitted a task.

const { inOneWrite } = require('../one-write');
const { errorText } = require('../wire/outcome');
const { outcomeKey, replyChannel } = require('../wire/keys');
const { stringify } = require('../wire/values');
const { LOOK, MAX_MESSAGE, OUTCOME, PROGRESS, writeReply } = require('../wire/reply');

/** @typedef {import('../wire/envelope').TaskEnvelope} TaskEnvelope */
/** @typedef {InstanceType<typeof import('./worker-link').WorkerLink>} WorkerLink */

/** Larger values of progress are dropped. */
const PROGRESS_LIMIT = MAX_MESSAGE;

/**
 * Stores the outcome until it expires, and notifies the RemotePool. Returns when the commands are queued: the worker
 * sends the end of the job on the same connection afterwards, in the same write.
 * @param {WorkerLink} link
 * @param {string} jobId
 * @param {TaskEnvelope} envelope
 * @param {string} text The outcome, as text of outcome.js.
 */
async function sendOutcome(link, jobId, envelope, text) {
  const client = await link.client;
  const channel = replyChannel(link.toKey, envelope.reply);
  const message = text.length <= MAX_MESSAGE ? writeReply(jobId, OUTCOME, text) : writeReply(jobId, LOOK);
  inOneWrite(client);
  const stored = client.set(outcomeKey(link.toKey, jobId), text, 'PX', Math.ceil(Math.min(envelope.ttl, MAX_TTL)));
  client.publish(channel, message).catch(() => {}); // the connection was closed; the RemotePool looks the job up
  reportRefusal(stored, client, channel, jobId);
}

/** The longest time that Redis accepts for a key, with room for its clock. */
const MAX_TTL = 2 ** 50;

/**
 * Sends the error of Redis to the caller, if Redis has refused to store the outcome because it is full.
 * @param {Promise<unknown>} stored
 * @param {any} client
 * @param {string} channel
 * @param {string} jobId
 */
async function reportRefusal(stored, client, channel, jobId) {
  try {
    await stored;
  } catch (error) {
    // Otherwise the connection was closed: the lock of the job expires, and another server runs it.
    if (/** @type {Error} */ (error).name !== 'ReplyError') return;
    client.publish(channel, writeReply(jobId, OUTCOME, errorText(error))).catch(() => {});
  }
}

/**
 * Sends a value that a task has reported. It is lost if the RemotePool is not connected.
 * @param {WorkerLink} link
 * @param {string} jobId
 * @param {TaskEnvelope} envelope
 * @param {unknown} value
 */
async function sendProgress(link, jobId, envelope, value) {
  try {
    const text = stringify(value, { what: 'progress', limit: PROGRESS_LIMIT, option: 'the limit of progress' });
    const client = await link.client;
    await client.publish(replyChannel(link.toKey, envelope.reply), writeReply(jobId, PROGRESS, text));
  } catch {
    // It cannot be sent, or the connection was closed.
  }
}

module.exports = { sendOutcome, sendProgress };
