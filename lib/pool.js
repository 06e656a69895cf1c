'use strict';

// The class that callers use. It decides nothing: workers and options are checked, tasks settled and
// errors made elsewhere.

const EventEmitter = require('node:events');
const { nextTick } = require('node:process');
const { Alarm } = require('./alarm');
const { codecOf } = require('./codecs');
const { Deliveries } = require('./deliveries');
const errors = require('./errors');
const { FilePool } = require('./file-pool');
const { Hold, InFlight } = require('./in-flight');
const { Numbers, Values } = require('./inputs');
const { map } = require('./map');
const native = require('./native');
const { checkSize, readCloseOptions, readMapOptions, readPoolOptions, readStreamOptions } = require('./options');
const { ENDLESS, Room } = require('./room');
const { checkItems } = require('./source');
const { Stream } = require('./stream');
const { Tasks } = require('./tasks');
const { isTraced, trace } = require('./tracing');
const { waysIn } = require('./way-in');
const { resolveWorker } = require('./worker-argument');

/** What callers may rely on is documented in index.d.ts. */
class WorkerPool extends EventEmitter {
  #tasks;
  /** What `Tasks` needs of this pool. */
  #owner;
  /** The promise of `close`, once that was called. */
  #closed;
  #ended = false;
  /** Ends a graceful `close`. */
  #patience = new Alarm(() => {
    this.#owner.native.closeNow();
    return Infinity;
  });

  constructor(size, worker, options) {
    super();
    checkSize(size);
    const { workerFile, builtIn } = resolveWorker(worker);
    const poolOptions = readPoolOptions(options);
    const { maxQueue } = poolOptions;

    const hold = new Hold();
    const { native, tasks } =
      builtIn === undefined
        ? fileWorkers({ size, file: workerFile, ...poolOptions }, hold)
        : nativeWorkers({ size, builtIn, ...poolOptions }, hold);
    this.#tasks = tasks;
    const functions = native.functions();
    const owner = {
      native,
      collect: functions.collect,
      cancel: functions.cancel,
      inFlight: undefined,
      room: maxQueue === Infinity ? ENDLESS : new Room(functions.room, () => this.#announce('drain')),
      /** Has tasks settle that wait for too long. */
      waits: new Alarm(functions.look),
      closing: false,
      crashed: (error) => this.#announce('crash', error),
      ended: undefined, // set by close
    };
    owner.inFlight = new InFlight(owner, hold, functions.keepAlive);
    Object.assign(owner, waysIn(functions, size, owner.inFlight, owner.room));
    this.#owner = owner;
    if (builtIn === undefined) abandoned.register(owner, native);

    const owned = { size, workerFile, maxQueue, ...this.#views() };
    for (const [name, value] of Object.entries(owned)) {
      Object.defineProperty(this, name, { value, enumerable: true });
    }
  }

  run(data, options) {
    return this.#run(data, options);
  }

  map(items, options) {
    try {
      checkItems(items);
      return map(this.#target(), items, readMapOptions(options));
    } catch (error) {
      return Promise.reject(error);
    }
  }

  stream(items, options) {
    checkItems(items);
    return new Stream(this.#target(), items, readStreamOptions(options));
  }

  ready() {
    return this.#owner.closing ? Promise.reject(errors.refused('ERR_POOL_CLOSED')) : this.#owner.room.ready();
  }

  stats() {
    const stats = this.#owner.native.stats();
    return this.#ended ? { ...stats, idle: 0 } : stats;
  }

  close(options) {
    let limits;
    try {
      limits = readCloseOptions(options);
    } catch (error) {
      return Promise.reject(error);
    }
    const closed = this.#closed ?? this.#close();
    if (limits.force) this.#owner.native.closeNow();
    else if (!this.#ended) this.#patience.within(limits.timeout);
    return closed;
  }

  [Symbol.asyncDispose]() {
    return this.close();
  }

  #run(data, options) {
    if (!isTraced()) return this.#tasks.run(this.#owner, data, options);
    return trace(() => this.#tasks.run(this.#owner, data, options), { pool: this, data, options });
  }

  /** What `map` and `stream` need of a pool. */
  #target() {
    return {
      size: this.size,
      run: (data, signal) => this.#run(data, { signal }),
      claimRoom: () => this.#owner.closing || this.#owner.room.claim(),
      ready: () => this.ready(),
    };
  }

  #close() {
    let resolve;
    const closed = new Promise((settle) => {
      resolve = settle;
    });
    // Such a stack was left that the function above could not be called: the promise has rejected.
    if (resolve === undefined) return closed;
    this.#owner.ended = () => {
      this.#patience.stop();
      this.#owner.native.join();
      this.#ended = true;
      resolve();
    };
    this.#tasks.close(this.#owner);
    this.#closed = closed;
    return closed;
  }

  /** Emits an event. Listeners run before whoever awaits a task, and what they throw is theirs alone. */
  #announce(event, ...values) {
    nextTick(() => this.emit(event, ...values));
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

/** Ends the threads of a worker file when nobody has their pool any more; native ones end by themselves then. */
const abandoned = new FinalizationRegistry((filePool) => filePool.abandon());

/** Makes what runs the tasks of a built-in worker, and what settles them. */
function nativeWorkers({ size, builtIn, maxQueue }, hold) {
  const { encode, decode } = codecOf(builtIn);
  const inputs = new Numbers();
  const tasks = new Tasks(encode, inputs, hold);
  const { collect } = new Deliveries(tasks, inputs, decode, hold);
  try {
    return { tasks, native: new native.WorkerPool(builtIn, size, maxQueue, collect) };
  } catch (cause) {
    throw errors.threadNotStarted(cause);
  }
}

/** The same for a worker file. */
function fileWorkers(options, hold) {
  const inputs = new Values();
  const tasks = new Tasks((data) => data, inputs, hold);
  return { tasks, native: new FilePool(options, tasks, inputs, hold) };
}

module.exports = { WorkerPool };
