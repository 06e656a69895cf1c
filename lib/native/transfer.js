'use strict';

// The `transfer` list of a native task. Its data are copied to memory of the addon, since a thread may outlive the JavaScript
// environment. Then the buffers of the list are detached, as for a worker file.

const { isAnyArrayBuffer, isSharedArrayBuffer } = require('node:util').types;
const { isDetached } = require('../api/buffers');
const errors = require('../api/errors');

const { structuredClone } = globalThis; // before a program can replace it

/**
 * @param {unknown} value
 * @returns {value is ArrayBuffer}
 */
const isBuffer = (value) => isAnyArrayBuffer(value) && !isSharedArrayBuffer(value);

/**
 * Checks a list before its task is submitted, and moves what is no buffer: a port, say.
 * @param {readonly unknown[]} list
 * @throws what `structuredClone` throws.
 */
function prepare(list) {
  const buffers = new Set();
  const others = [];
  for (let i = 0; i < list.length; i++) {
    const item = list[i];
    if (!isBuffer(item)) others.push(item);
    else if (isDetached(item)) throw errors.detached();
    else if (buffers.has(item)) throw errors.transferredTwice();
    else buffers.add(item);
  }
  if (others.length > 0) detach(others);
}

/**
 * Detaches the buffers of a list, once the task has been submitted.
 * @param {readonly unknown[]} list
 */
function finish(list) {
  for (let i = 0; i < list.length; i++) {
    const item = list[i];
    if (!isBuffer(item) || isDetached(item)) continue; // the addon has detached its own
    try {
      detach([item]);
    } catch {
      // The memory of WebAssembly cannot be detached. It was copied, too.
    }
  }
}

/** @param {unknown[]} list */
function detach(list) {
  const transfer = /** @type {import('node:worker_threads').Transferable[]} */ (list);
  structuredClone(undefined, /** @type {object} */ ({ __proto__: null, transfer }));
}

module.exports = { finish, prepare };
