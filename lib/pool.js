'use strict';

// The class that callers use. It decides nothing: workers and options are checked, tasks settled and
// errors made elsewhere.

const EventEmitter = require('node:events');
const { nextTick } = require('node:process');
const { codecOf } = require('./codecs');
const errors = require('./errors');
const { Hold, InFlight } = require('./in-flight');
const native = require('./native');
const { checkSize, readOptions } = require('./options');
const { Tasks } = require('./tasks');
const { wayIn } = require('./way-in');
const { resolveWorker } = require('./worker-argument');

/** What callers may rely on is documented in index.d.ts. */
class WorkerPool extends EventEmitter {
  #tasks;
  /** What `Tasks` needs of this pool. */
  #owner;
  /** The promise of `close`, once that was called. */
  #closed;
  #ended = false;

  constructor(size, worker, options) {
    super();
    checkSize(size);
    const { workerFile, builtIn } = resolveWorker(worker);
    const { maxQueue } = readOptions(options);

    const hold = new Hold();
    this.#tasks = new Tasks(codecOf(builtIn), hold);
    const native = startThreads(builtIn, size, maxQueue, this.#tasks.collect);
    const functions = native.functions();
    this.#owner = {
      native,
      collect: functions.collect,
      inFlight: undefined,
      wayIn: undefined,
      closing: false,
      // Listeners run before whoever awaits the task, and what they throw is theirs alone.
      crashed: (error) => nextTick(() => this.emit('crash', error)),
      ended: undefined, // set by close
    };
    this.#owner.inFlight = new InFlight(this.#owner, hold, functions.keepAlive);
    this.#owner.wayIn = wayIn(functions, this.#owner.inFlight);

    const owned = { size, workerFile, maxQueue, ...this.#views() };
    for (const [name, value] of Object.entries(owned)) {
      Object.defineProperty(this, name, { value, enumerable: true });
    }
  }

  run(data) {
    return this.#tasks.run(this.#owner, data);
  }

  close() {
    if (this.#closed === undefined) {
      let resolve;
      const closed = new Promise((settle) => {
        resolve = settle;
      });
      // Such a stack was left that the function above could not be called: the promise has rejected.
      if (resolve === undefined) return closed;
      this.#owner.ended = () => {
        this.#owner.native.join();
        this.#ended = true;
        resolve();
      };
      this.#tasks.close(this.#owner);
      this.#closed = closed;
    }
    return this.#closed;
  }

  /** Those of the document's fields that are collections, with nothing of them but their size. */
  #views() {
    const pool = this;
    return {
      idle: Object.freeze({
        get length() {
          return pool.#ended ? 0 : pool.#owner.native.idle;
        },
      }),
      queue: Object.freeze({
        get length() {
          return pool.#owner.native.queued;
        },
      }),
      all: Object.freeze({
        get size() {
          return pool.#ended ? 0 : pool.size;
        },
      }),
    };
  }
}

function startThreads(builtIn, size, maxQueue, onDelivery) {
  try {
    return new native.WorkerPool(builtIn, size, maxQueue, onDelivery);
  } catch (cause) {
    throw errors.threadNotStarted(cause);
  }
}

module.exports = { WorkerPool };
