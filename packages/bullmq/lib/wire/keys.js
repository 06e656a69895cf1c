'use strict';

// The names of the package's keys and channels in Redis. They begin like BullMQ's keys of the queue, so an ACL and a
// cluster treat them like these. The ids of BullMQ's jobs contain no colon, so no name is that of a job.

/** @typedef {(type: string) => string} ToKey BullMQ's `toKey` of the queue. */

module.exports = {
  /**
   * The outcome of a task: a string that expires.
   * @param {ToKey} toKey
   * @param {string} jobId
   */
  outcomeKey: (toKey, jobId) => toKey(`nwp:outcome:${jobId}`),

  /**
   * Exists while a task is to be stopped; expires.
   * @param {ToKey} toKey
   * @param {string} jobId
   */
  cancelKey: (toKey, jobId) => toKey(`nwp:cancel:${jobId}`),

  /**
   * The channel on which a RemotePool receives progress and outcomes.
   * @param {ToKey} toKey
   * @param {string} poolId
   */
  replyChannel: (toKey, poolId) => toKey(`nwp:reply:${poolId}`),
};
