'use strict';

// A worker file that listens on `parentPort`: a task is a message to it, and its next message the result.

const { setInterval, clearInterval, setImmediate } = require('node:timers');
const { parentPort } = require('node:worker_threads');
const { now } = require('../clock');
const { isListenedTo, tell } = require('./parent-port');
const { COMPLETED } = require('./protocol');

/** How often to look whether somebody listens, in milliseconds. */
const LOOK_EVERY = 5;

class MessageWorker {
  #port;
  #turns;
  #printing;
  /** The task that has no answer yet. */
  #current;
  /** Its listeners are being called. */
  #isListening = false;
  /** Looks for a listener. */
  #looking;

  constructor(port, turns, printing) {
    this.#port = port;
    this.#turns = turns;
    this.#printing = printing;
    parentPort.postMessage = (value, transfer) => this.#answer(value, transfer);
  }

  /** The turn of a task has come. */
  run(number, data) {
    if (isListenedTo()) {
      this.#begin(number, data);
      return;
    }
    // It may listen later. If it never does, nothing keeps this thread alive.
    this.#looking = setInterval(() => {
      if (!isListenedTo()) return;
      clearInterval(this.#looking);
      this.#begin(number, data);
    }, LOOK_EVERY).unref();
  }

  /** There is no way to tell it. */
  abort() {}

  #begin(number, data) {
    if (!this.#turns.begin(number)) {
      this.#turns.end(number);
      return;
    }
    this.#current = { number, started: now() };
    this.#isListening = true;
    try {
      tell(data);
    } finally {
      this.#isListening = false;
      if (this.#current === undefined) this.#turns.end(number);
    }
  }

  /** Answers that nothing was asked for are left alone. Throws what cannot be cloned. */
  #answer(value, transfer) {
    const current = this.#current;
    if (current === undefined) return;
    const { number, started } = current;
    this.#printing.check();
    this.#port.postMessage([COMPLETED, number, now() - started, value], transfer);
    this.#current = undefined;
    // Not from here, where the file may have more to do.
    if (!this.#isListening) setImmediate(() => this.#turns.end(number));
  }
}

module.exports = { MessageWorker };
