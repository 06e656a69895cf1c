'use strict';

// Observes the `worker_threads` that this thread starts.

const { EventEmitter } = require('node:events');

/** Counts the threads, and emits 'start' and 'exit' for each. */
class ThreadWatch extends EventEmitter {
  started = 0;
  exited = 0;

  constructor() {
    super();
    process.on('worker', this.#add);
  }

  #add = (thread) => {
    this.started++;
    this.emit('start');
    thread.on('exit', () => {
      this.exited++;
      this.emit('exit');
    });
  };

  stop() {
    process.off('worker', this.#add);
  }
}

module.exports = { ThreadWatch };
