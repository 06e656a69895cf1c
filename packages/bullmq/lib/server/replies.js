'use strict';

// What a server sends to the RemotePool that submitted a task.

const { errorText } = require('../wire/outcome');
const { outcomeKey, replyChannel } = require('../wire/keys');
const { stringify } = require('../wire/values');
const { LOOK, MAX_MESSAGE, OUTCOME, PROGRESS, writeReply } = require('../wire/reply');

/** @typedef {import('../wire/envelope').TaskEnvelope} TaskEnvelope */
/** @typedef {InstanceType<typeof import('./worker-link').WorkerLink>} WorkerLink */

/** Larger values of progress are dropped. */
const PROGRESS_LIMIT = MAX_MESSAGE;

/**
 * Stores the outcome until it expires, and notifies the RemotePool. Returns when the commands are written: the worker
 * sends the end of the job on the same connection afterwards.
 * @param {WorkerLink} link
 * @param {string} jobId
 * @param {TaskEnvelope} envelope
 * @param {string} text The outcome, as text of outcome.js.
 */
async function sendOutcome(link, jobId, envelope, text) {
  const client = await link.client;
  const channel = replyChannel(link.toKey, envelope.reply);
  const message = text.length <= MAX_MESSAGE ? writeReply(jobId, OUTCOME, text) : writeReply(jobId, LOOK);
  const sent = client
    .pipeline()
    .set(outcomeKey(link.toKey, jobId), text, 'PX', Math.ceil(Math.min(envelope.ttl, MAX_TTL)))
    .publish(channel, message)
    .exec();
  reportRefusal(sent, client, channel, jobId);
}

/** The longest time that Redis accepts for a key, with room for its clock. */
const MAX_TTL = 2 ** 50;

/**
 * Sends the error of Redis to the caller, if Redis has refused to store the outcome because it is full.
 * @param {Promise<[Error | null, unknown][] | null>} sent
 * @param {any} client
 * @param {string} channel
 * @param {string} jobId
 */
async function reportRefusal(sent, client, channel, jobId) {
  try {
    const [refusal] = (await sent)?.[0] ?? [];
    if (refusal) await client.publish(channel, writeReply(jobId, OUTCOME, errorText(refusal)));
  } catch {
    // The connection was closed. The lock of the job expires, and another server runs it.
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
