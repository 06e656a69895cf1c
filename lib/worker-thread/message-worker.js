'use strict';

// A worker file that listens on `parentPort`: a task is a message to it, and its next message the result.

const { performance } = require('node:perf_hooks');
const { setInterval, clearInterval } = require('node:timers');
const { parentPort } = require('node:worker_threads');
const { COMPLETED, BEGUN } = require('./protocol');

/** How often to look whether somebody listens, in milliseconds. */
const LOOK_EVERY = 5;

class MessageWorker {
  #port;
  #own;
  #spin;
  /** The task that has no answer yet. */
  #current;
  /** Looks for a listener. */
  #looking;

  constructor(port, own, spin) {
    this.#port = port;
    this.#own = own;
    this.#spin = spin;
    parentPort.postMessage = (value, transfer) => this.#answer(value, transfer);
  }

  run(number, data) {
    if (parentPort.listenerCount('message') > 0) {
      this.#begin(number, data);
      return;
    }
    // It may listen later. If it never does, nothing keeps this thread alive.
    this.#looking = setInterval(() => {
      if (parentPort.listenerCount('message') === 0) return;
      clearInterval(this.#looking);
      this.#begin(number, data);
    }, LOOK_EVERY).unref();
  }

  /** There is no way to tell it. */
  abort() {}

  #begin(number, data) {
    Atomics.store(this.#own, BEGUN, number);
    this.#current = { number, started: performance.now() };
    parentPort.emit('message', data);
    if (this.#current === undefined) this.#spin.beyond(number);
  }

  /** Answers that nothing was asked for are left alone. Throws what cannot be cloned. */
  #answer(value, transfer) {
    const current = this.#current;
    if (current === undefined) return;
    const took = performance.now() - current.started;
    this.#port.postMessage([COMPLETED, current.number, took, value], transfer);
    this.#current = undefined;
  }
}

module.exports = { MessageWorker };
