'use strict';

// Calls functions in later turns of the thread's event loop, and keeps the thread alive until then. It uses a message
// channel, since fake timers replace `setImmediate` and `process.nextTick`.

const { MessageChannel } = require('node:worker_threads');

const { port1: receiver, port2: sender } = new MessageChannel();

/** @type {((() => void) | undefined)[]} */
let waiting = [];
let next = 0;

receiver.on('message', () => {
  const fn = /** @type {() => void} */ (waiting[next]);
  waiting[next++] = undefined;
  if (next === waiting.length) {
    waiting = [];
    next = 0;
    receiver.unref();
  }
  fn();
});
receiver.unref();
sender.unref?.(); // in Deno it keeps the thread alive
const { postMessage } = sender;
sender.postMessage = postMessage; // an own property, since the file may replace that of the prototype

/**
 * Calls `fn` in a later turn. What it throws becomes an uncaught exception.
 * @param {() => void} fn
 */
function nextTurn(fn) {
  waiting[waiting.length] = fn;
  receiver.ref();
  sender.postMessage(null);
}

module.exports = { nextTurn };
