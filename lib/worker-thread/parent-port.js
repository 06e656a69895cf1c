'use strict';

// `parentPort` as a worker file expects it. In a pool no message arrives through it: tasks arrive through the pool's
// own port, and this module dispatches them to the listeners of the file.

const threads = require('node:worker_threads');
const { IS_BUN, IS_DENO, IS_NODE } = require('../platform/runtime');

/** @typedef {import('node:worker_threads').MessagePort} MessagePort */
/** @typedef {((message: unknown) => unknown) | null} Handler */

/** The port with the parts that @types/node lacks. */
const parentPort = /** @type {MessagePort & { onmessage?: Handler, [name: string]: any }} */ (threads.parentPort);

const { apply, defineProperty, getOwnPropertyDescriptor, getPrototypeOf } = Reflect;
const { get, set } = WeakMap.prototype;
// Not needed in Node.js, which would load its HTTP client when `MessageEvent` is read.
const { MessageEvent, dispatchEvent } =
  /** @type {{ MessageEvent: typeof globalThis.MessageEvent, dispatchEvent: Function }} */ (
    /** @type {object} */ (IS_NODE ? {} : globalThis)
  );
const ofPort = { __proto__: null, emit: parentPort.emit, dispatchEvent: parentPort.dispatchEvent };

const ADDING = ['on', 'once', 'addListener', 'addEventListener'];
const REMOVING = ['off', 'removeListener', 'removeEventListener'];

/**
 * @param {string} type
 * @param {unknown} data
 */
const eventOf = (type, data) => new MessageEvent(type, /** @type {object} */ ({ __proto__: null, data }));

/**
 * The differences between runtimes.
 * @typedef {object} Runtime
 * @property {(hasBeenAdded: boolean) => boolean} isListenedTo Whether the port has listeners for messages.
 *   `hasBeenAdded` is whether a listener was ever added.
 * @property {(type: string, data: unknown) => void} dispatch Calls the listeners for events of that type.
 */

/**
 * The port counts its listeners, and emits messages.
 * @type {Runtime}
 */
const NODE = {
  isListenedTo: () => parentPort.listenerCount('message') > 0,
  dispatch: (type, data) => apply(ofPort.emit, parentPort, [type, data]),
};

/**
 * The port does not count `onmessage`, and its `emit` expects the initializer of an event instead of the data.
 * @type {Runtime}
 */
const BUN = {
  isListenedTo: (hasBeenAdded) => NODE.isListenedTo(hasBeenAdded) || typeof parentPort.onmessage === 'function',
  dispatch: (type, data) => apply(ofPort.dispatchEvent, parentPort, [eventOf(type, data)]),
};

/**
 * The port neither counts listeners nor emits, but its listeners receive events that are dispatched on the global
 * object.
 * @type {Runtime}
 */
const DENO = {
  isListenedTo: (hasBeenAdded) => hasBeenAdded || typeof parentPort.onmessage === 'function',
  dispatch(type, data) {
    const event = eventOf(type, data);
    apply(dispatchEvent, globalThis, [event]);
    if (type === 'message') parentPort.onmessage?.(event);
  },
};

const RUNTIME = IS_BUN ? BUN : IS_DENO ? DENO : NODE;

/**
 * @typedef {object} Observer
 * @property {() => void} added Called when the file has added a listener for messages.
 * @property {(listener: Function, self: unknown, message: unknown) => unknown} call Calls a listener. Returns its
 *   result.
 */

class ParentPort {
  /** @type {Observer} */
  #observer;
  #hasBeenAdded = false;
  /**
   * The functions that replace the listeners of the file, by listener.
   * @type {WeakMap<object, Function>}
   */
  #wrappers = new WeakMap();

  /** @param {Observer} observer */
  constructor(observer) {
    this.#observer = observer;
    for (const name of ADDING) this.#wrapMethod(name, true);
    for (const name of REMOVING) this.#wrapMethod(name, false);
    this.#wrapHandler();
  }

  /**
   * Whether the file listens for messages.
   * @returns {boolean}
   */
  get isListenedTo() {
    return RUNTIME.isListenedTo(this.#hasBeenAdded);
  }

  /**
   * Calls the listeners with a message.
   * @param {unknown} data
   */
  dispatch(data) {
    RUNTIME.dispatch('message', data);
  }

  /**
   * Calls the listeners for the event 'broadcast'.
   * @param {unknown} value
   */
  broadcast(value) {
    RUNTIME.dispatch('broadcast', value);
  }

  /**
   * @param {string} name
   * @param {boolean} isAdding
   */
  #wrapMethod(name, isAdding) {
    const method = parentPort[name];
    if (method === undefined) return;
    /**
     * @param {string} type
     * @param {unknown} listener
     * @param {unknown} options
     */
    parentPort[name] = (type, listener, options) => {
      if (type !== 'message') return apply(method, parentPort, [type, listener, options]);
      const result = apply(method, parentPort, [type, this.#wrap(listener), options]);
      if (isAdding) this.#added();
      return result;
    };
  }

  /** Wraps `onmessage`. */
  #wrapHandler() {
    /** @type {PropertyDescriptor | undefined} */
    let property;
    /** @type {object | null} */
    let owner = parentPort;
    for (; owner !== null && property === undefined; owner = getPrototypeOf(owner)) {
      property = getOwnPropertyDescriptor(owner, 'onmessage');
    }
    let handler = parentPort.onmessage ?? null;
    const wrapped = {
      __proto__: null,
      configurable: true,
      enumerable: true,
      get: () => handler,
      /** @param {Handler} value */
      set: (value) => {
        handler = value;
        if (property?.set !== undefined) apply(property.set, parentPort, [this.#wrap(value)]);
        if (typeof value === 'function') this.#added();
      },
    };
    defineProperty(parentPort, 'onmessage', wrapped);
  }

  #added() {
    this.#hasBeenAdded = true;
    this.#observer.added();
  }

  /**
   * Returns the function that replaces a listener, and calls it through the observer. Anything else is returned as it
   * is.
   * @param {unknown} listener A function, or an object with `handleEvent`.
   */
  #wrap(listener) {
    if (typeof listener !== 'function' && (typeof listener !== 'object' || listener === null)) return listener;
    let wrapper = apply(get, this.#wrappers, [listener]);
    if (wrapper !== undefined) return wrapper;
    const observer = this.#observer;
    /**
     * @this {unknown}
     * @param {unknown} message
     */
    wrapper = function (message) {
      if (typeof listener === 'function') return observer.call(listener, this, message);
      return observer.call(/** @type {{ handleEvent: Function }} */ (listener).handleEvent, listener, message);
    };
    apply(set, this.#wrappers, [listener, wrapper]);
    apply(set, this.#wrappers, [wrapper, wrapper]); // `on` calls `addEventListener`, which must not wrap again
    return wrapper;
  }
}

module.exports = { ParentPort };
