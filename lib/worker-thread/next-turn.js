'use strict';

// Calls functions in later turns of the thread's event loop, and keeps the thread alive until then. It uses a message
// channel: fake timers replace `setImmediate` and `process.nextTick`, but not that.

const { MessageChannel } = require('node:worker_threads');

const { port1: receiver, port2: sender } = new MessageChannel();

let waiting = [];
let next = 0;

receiver.on('message', () => {
  const fn = waiting[next];
  waiting[next++] = undefined;
  if (next === waiting.length) {
    waiting = [];
    next = 0;
    receiver.unref();
  }
  fn();
});
receiver.unref();
sender.unref?.(); // Deno keeps a thread alive for it
const { postMessage } = sender;
sender.postMessage = postMessage; // of its own, since the file may replace that of all ports

/** Calls `fn` in a later turn. What it throws becomes an uncaught exception. */
function nextTurn(fn) {
  waiting[waiting.length] = fn;
  receiver.ref();
  sender.postMessage(null);
}

module.exports = { nextTurn };
