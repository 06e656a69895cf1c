'use strict';

// Bytes that callers pass to native tasks: strings, buffers and views.

const { isAnyArrayBuffer, isDataView, isSharedArrayBuffer } = require('node:util').types;
const { isDetached } = require('../../api/buffers');
const errors = require('../../api/errors');

/** @typedef {string | ArrayBufferLike | ArrayBufferView} Bytes */

const { DataView: DataViewClass, Uint8Array: View } = globalThis; // before a program can replace them
const { apply, getOwnPropertyDescriptor, getPrototypeOf } = Reflect;
const { isView } = ArrayBuffer;

const TypedArray = /** @type {Uint8Array} */ (getPrototypeOf(View.prototype));

/**
 * The getters of a view class. They are called directly, since a subclass may override them with wrong values.
 * @param {object} prototype The prototype of the class.
 */
function gettersOf(prototype) {
  /** @param {string} name */
  const getter = (name) => /** @type {() => any} */ (getOwnPropertyDescriptor(prototype, name)?.get);
  return { buffer: getter('buffer'), byteOffset: getter('byteOffset'), byteLength: getter('byteLength') };
}

const OF_TYPED_ARRAY = gettersOf(TypedArray);
const OF_DATA_VIEW = gettersOf(DataViewClass.prototype);
const { keys } = TypedArray;

/**
 * @param {unknown} value
 * @returns {value is Bytes}
 */
const isBytes = (value) => typeof value === 'string' || isView(value) || isAnyArrayBuffer(value);

/**
 * Returns bytes in a form that the addon can read. Shared memory is copied, since another thread may write to it.
 * @param {Bytes} value
 * @returns {string | Uint8Array}
 * @throws {DOMException} `DataCloneError` if the buffer is detached, or has become too short for the view.
 */
function bytesOf(value) {
  if (typeof value === 'string') return value;
  if (isView(value)) return bytesOfView(value);
  if (isDetached(value)) throw errors.detached();
  return unshared(new View(value), value);
}

/** @param {ArrayBufferView} view */
function bytesOfView(view) {
  const { buffer, byteOffset, byteLength } = isDataView(view) ? OF_DATA_VIEW : OF_TYPED_ARRAY;
  const memory = apply(buffer, view, []);
  let bytes;
  try {
    const length = apply(byteLength, view, []);
    // A typed array that is out of bounds has length 0; `keys` throws, as `byteLength` of a DataView does.
    if (length === 0 && !isDataView(view)) apply(keys, view, []);
    bytes = new View(memory, apply(byteOffset, view, []), length);
  } catch {
    throw errors.detached(); // or the buffer has become too short for the view
  }
  return unshared(bytes, memory);
}

/**
 * Copies bytes in shared memory.
 * @param {Uint8Array} bytes
 * @param {ArrayBufferLike} buffer The buffer that contains the bytes.
 */
const unshared = (bytes, buffer) => (isSharedArrayBuffer(buffer) ? new View(bytes) : bytes);

module.exports = { bytesOf, isBytes };
