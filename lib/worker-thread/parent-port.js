'use strict';

// `parentPort` as a file that listens on it knows it. No message comes by it in a pool: the tasks come by the pool's own
// port, and here they are passed on to the file's listeners.

const { parentPort } = require('node:worker_threads');
const { IS_BUN, IS_DENO } = require('../platform/runtime');

const { apply, defineProperty, getOwnPropertyDescriptor, getPrototypeOf } = Reflect;
const { get, set } = WeakMap.prototype;
const { MessageEvent, dispatchEvent } = globalThis;
const ofPort = { __proto__: null, emit: parentPort.emit, dispatchEvent: parentPort.dispatchEvent };

const ADDING = ['on', 'once', 'addListener', 'addEventListener'];
const REMOVING = ['off', 'removeListener', 'removeEventListener'];

const messageEvent = (data) => new MessageEvent('message', { __proto__: null, data });

/** The port counts its listeners, and emits. */
const NODE = {
  isListenedTo: () => parentPort.listenerCount('message') > 0,
  tell: (data) => apply(ofPort.emit, parentPort, ['message', data]),
};

/** It does not count `onmessage`, and what it emits is not what an event says but what it is made of. */
const BUN = {
  isListenedTo: () => NODE.isListenedTo() || typeof parentPort.onmessage === 'function',
  tell: (data) => apply(ofPort.dispatchEvent, parentPort, [messageEvent(data)]),
};

/** It counts no listener and emits nothing, but what is dispatched on the global object comes to them. */
const DENO = {
  isListenedTo: (hasBeenAdded) => hasBeenAdded || typeof parentPort.onmessage === 'function',
  tell(data) {
    const event = messageEvent(data);
    apply(dispatchEvent, globalThis, [event]);
    parentPort.onmessage?.(event);
  },
};

const RUNTIME = IS_BUN ? BUN : IS_DENO ? DENO : NODE;

class ParentPort {
  #observer;
  #hasBeenAdded = false;
  /** What the port has in the place of each listener. */
  #watched = new WeakMap();

  /**
   * @param observer Who is told that a listener was `added()`, and who calls each: `call(listener, self, message)`
   *   returns what that returns.
   */
  constructor(observer) {
    this.#observer = observer;
    for (const name of ADDING) this.#wrap(name, true);
    for (const name of REMOVING) this.#wrap(name, false);
    this.#wrapHandler();
  }

  get isListenedTo() {
    return RUNTIME.isListenedTo(this.#hasBeenAdded);
  }

  /** Calls the listeners with a message. */
  tell(data) {
    RUNTIME.tell(data);
  }

  #wrap(name, isAdding) {
    const method = parentPort[name];
    if (method === undefined) return;
    parentPort[name] = (type, listener, options) => {
      if (type !== 'message') return apply(method, parentPort, [type, listener, options]);
      const result = apply(method, parentPort, [type, this.#watch(listener), options]);
      if (isAdding) this.#added();
      return result;
    };
  }

  /** The same for `onmessage`. */
  #wrapHandler() {
    let property;
    for (let owner = parentPort; owner !== null && property === undefined; owner = getPrototypeOf(owner)) {
      property = getOwnPropertyDescriptor(owner, 'onmessage');
    }
    let handler = parentPort.onmessage ?? null;
    defineProperty(parentPort, 'onmessage', {
      __proto__: null,
      configurable: true,
      enumerable: true,
      get: () => handler,
      set: (value) => {
        handler = value;
        if (property?.set !== undefined) apply(property.set, parentPort, [this.#watch(value)]);
        if (typeof value === 'function') this.#added();
      },
    });
  }

  #added() {
    this.#hasBeenAdded = true;
    this.#observer.added();
  }

  /** What is called in the place of a listener, and calls it. */
  #watch(listener) {
    if (typeof listener !== 'function' && (typeof listener !== 'object' || listener === null)) return listener;
    let watched = apply(get, this.#watched, [listener]);
    if (watched !== undefined) return watched;
    const observer = this.#observer;
    watched = function (message) {
      if (typeof listener === 'function') return observer.call(listener, this, message);
      return observer.call(listener.handleEvent, listener, message);
    };
    apply(set, this.#watched, [listener, watched]);
    apply(set, this.#watched, [watched, watched]); // `on` calls `addEventListener`
    return watched;
  }
}

module.exports = { ParentPort };
