'use strict';

// Fewer writes to a socket: each is a system call here, and one that reads in Redis.

/**
 * Sends all commands of the current turn of the event loop in one write. A pipeline of ioredis would not contain those
 * of BullMQ's worker, and copies all of BullMQ's scripts each time.
 * @param {any} client An ioredis client. Others send as before.
 */
function inOneWrite({ stream }) {
  if (stream?.writableCorked !== 0) return; // corked already, or not connected
  stream.cork();
  process.nextTick(() => stream.uncork()); // runs when the promises of this turn have settled
}

module.exports = { inOneWrite };
