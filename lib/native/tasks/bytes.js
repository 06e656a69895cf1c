'use strict';

// Bytes that callers pass to native tasks: texts, buffers and views.

const { isAnyArrayBuffer, isSharedArrayBuffer } = require('node:util').types;

const { ArrayBuffer, DOMException, Uint8Array } = globalThis; // before a program can replace them
const { isView } = ArrayBuffer;

const EXPECTED = 'a string, an ArrayBuffer or a view of one';

/** @param {unknown} value */
const isBytes = (value) => typeof value === 'string' || isView(value) || isAnyArrayBuffer(value);

/**
 * Whether the buffer was detached. It has no bytes then, and no view of it can be made.
 * @param {ArrayBufferLike} buffer
 */
function isDetached(buffer) {
  if (buffer.byteLength > 0 || isSharedArrayBuffer(buffer)) return false;
  try {
    return new Uint8Array(buffer) === undefined;
  } catch {
    return true;
  }
}

/**
 * Bytes in a form that the addon reads. Shared memory is copied, since another thread may write to it meanwhile.
 * @param {string | ArrayBufferLike | ArrayBufferView} value
 * @returns {string | Uint8Array}
 * @throws a DataCloneError if the buffer was detached.
 */
function bytesOf(value) {
  if (typeof value === 'string') return value;
  const buffer = isView(value) ? value.buffer : value;
  if (isDetached(buffer)) {
    throw new DOMException('An ArrayBuffer is detached and could not be cloned.', 'DataCloneError');
  }
  const view = isView(value) ? new Uint8Array(buffer, value.byteOffset, value.byteLength) : new Uint8Array(buffer);
  return isSharedArrayBuffer(buffer) ? new Uint8Array(view) : view;
}

module.exports = { EXPECTED, bytesOf, isBytes, isDetached };
