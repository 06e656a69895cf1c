'use strict';

// Bytes that callers pass to native tasks: texts, buffers and views.

const { isAnyArrayBuffer, isSharedArrayBuffer } = require('node:util').types;
const { isDetached } = require('../../api/buffers');
const errors = require('../../api/errors');

/** @typedef {string | ArrayBufferLike | ArrayBufferView} Bytes */

const { Uint8Array: View } = globalThis; // before a program can replace it
const { isView } = ArrayBuffer;

/**
 * @param {unknown} value
 * @returns {value is Bytes}
 */
const isBytes = (value) => typeof value === 'string' || isView(value) || isAnyArrayBuffer(value);

/**
 * Returns bytes in a form that the addon reads. Shared memory is copied, since another thread may write to it meanwhile.
 * @param {Bytes} value
 * @returns {string | Uint8Array}
 * @throws {DOMException} `DataCloneError` if the buffer is detached.
 */
function bytesOf(value) {
  if (typeof value === 'string') return value;
  const buffer = isView(value) ? value.buffer : value;
  if (isDetached(buffer)) throw errors.detached();
  const view = isView(value) ? new View(buffer, value.byteOffset, value.byteLength) : new View(buffer);
  return isSharedArrayBuffer(buffer) ? new View(view) : view;
}

module.exports = { bytesOf, isBytes };
