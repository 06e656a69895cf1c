'use strict';

// An event emitter that notices when its listeners change. The events 'newListener' and 'removeListener' are left to
// callers.

const EventEmitter = require('node:events');

/** The name of the method that is called, which is none of callers. */
const LISTENERS_CHANGED = Symbol('listenersChanged');

/** @typedef {string | symbol} EventName */
/** @typedef {(...values: any[]) => void} Listener */

// `once` and `prependOnceListener` call these, and so do one-time listeners when they remove themselves.

class ObservedEmitter extends EventEmitter {
  /** Called when a listener was added, or may have been removed. */
  [LISTENERS_CHANGED]() {}

  /**
   * @param {EventName} event
   * @param {Listener} listener
   */
  on(event, listener) {
    super.on(event, listener);
    this[LISTENERS_CHANGED]();
    return this;
  }

  /**
   * @param {EventName} event
   * @param {Listener} listener
   */
  addListener(event, listener) {
    return this.on(event, listener);
  }

  /**
   * @param {EventName} event
   * @param {Listener} listener
   */
  prependListener(event, listener) {
    super.prependListener(event, listener);
    this[LISTENERS_CHANGED]();
    return this;
  }

  /**
   * @param {EventName} event
   * @param {Listener} listener
   */
  removeListener(event, listener) {
    super.removeListener(event, listener);
    this[LISTENERS_CHANGED]();
    return this;
  }

  /**
   * @param {EventName} event
   * @param {Listener} listener
   */
  off(event, listener) {
    return this.removeListener(event, listener);
  }

  /** @param {EventName} [event] */
  removeAllListeners(event) {
    if (event === undefined) super.removeAllListeners();
    else super.removeAllListeners(event);
    this[LISTENERS_CHANGED]();
    return this;
  }
}

module.exports = { LISTENERS_CHANGED, ObservedEmitter };
