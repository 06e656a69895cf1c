'use strict';

// How a file that listens on `parentPort` is told of its task. Node.js lets the port itself say whether anybody
// listens, and emit; in other runtimes these are missing or something else.

const { parentPort } = require('node:worker_threads');

const { bun, deno } = process.versions;

const NODE = {
  isListenedTo: () => parentPort.listenerCount('message') > 0,
  tell: (data) => parentPort.emit('message', data),
};

/** It does not count `onmessage`, and what it emits is not what an event says but what it is made of. */
const BUN = {
  isListenedTo: () => NODE.isListenedTo() || typeof parentPort.onmessage === 'function',
  tell: (data) => parentPort.dispatchEvent(new MessageEvent('message', { data })),
};

/** It counts no listener and emits nothing, but what is dispatched on the global object comes to them. */
function denoPort() {
  let isListenedTo = false;
  for (const name of ['on', 'once', 'addListener', 'addEventListener']) {
    const listen = parentPort[name];
    parentPort[name] = (type, ...rest) => {
      if (type === 'message') isListenedTo = true;
      return listen(type, ...rest);
    };
  }
  return {
    isListenedTo: () => isListenedTo || typeof parentPort.onmessage === 'function',
    tell(data) {
      const event = new MessageEvent('message', { data });
      globalThis.dispatchEvent(event);
      parentPort.onmessage?.(event);
    },
  };
}

function portOfRuntime() {
  if (bun !== undefined) return BUN;
  return deno === undefined ? NODE : denoPort();
}

module.exports = portOfRuntime();
