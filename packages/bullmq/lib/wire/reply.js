'use strict';

// The messages from a server to a RemotePool: the id of the job, a kind, and a text.

/** An outcome follows, as text of outcome.js. */
const OUTCOME = '=';
/** A value that the task has reported follows, as text of values.js. */
const PROGRESS = '%';
/** The outcome is in Redis, or the job has failed: look the job up. */
const LOOK = '?';

/** Longer outcomes do not travel as a message: Redis disconnects subscribers that read too slowly. */
const MAX_MESSAGE = 8 * 1024;

/**
 * @param {string} jobId
 * @param {string} kind
 * @param {string} [text]
 */
const writeReply = (jobId, kind, text = '') => `${jobId} ${kind}${text}`;

/**
 * @param {string} message
 * @returns {{ jobId: string, kind: string, text: string }}
 */
function readReply(message) {
  const space = message.indexOf(' ');
  return { jobId: message.slice(0, space), kind: message.charAt(space + 1), text: message.slice(space + 2) };
}

module.exports = { LOOK, MAX_MESSAGE, OUTCOME, PROGRESS, readReply, writeReply };
