'use strict';

// Buffers of callers.

const { isAnyArrayBuffer, isSharedArrayBuffer } = require('node:util').types;

const { Uint8Array: Bytes } = globalThis; // before a program can replace it

/**
 * Whether a value is an ArrayBuffer that was detached: it was moved to another thread, say.
 * @param {unknown} value
 */
function isDetached(value) {
  if (!isAnyArrayBuffer(value) || isSharedArrayBuffer(value) || value.byteLength > 0) return false;
  try {
    return new Bytes(value) === undefined; // never: this throws for a detached buffer
  } catch {
    return true;
  }
}

module.exports = { isDetached };
