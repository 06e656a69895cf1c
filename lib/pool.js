'use strict';

// The class that callers use. It decides nothing: workers and options are checked, tasks settled and
// errors made elsewhere.

const EventEmitter = require('node:events');
const { codecOf } = require('./native/codecs');
const { Deliveries } = require('./native/completions');
const errors = require('./api/errors');
const { Alarm, attempt, later, soon } = require('./platform/event-loop');
const { FilePool } = require('./files/pool');
const { Hold, InFlight } = require('./tasks/pending');
const { Numbers, Values } = require('./tasks/inputs');
const { map } = require('./iterate/map');
const addon = require('./platform/addon');
const { checkSize, readCloseOptions, readMapOptions, readPoolOptions, readStreamOptions } = require('./api/options');
const { NativePromise, rejected } = require('./platform/promise');
const { ENDLESS, Room } = require('./tasks/backpressure');
const { checkItems } = require('./iterate/source');
const { statsOf } = require('./api/stats');
const { Stream } = require('./iterate/stream');
const { Tasks } = require('./tasks/tasks');
const { isTraced, trace } = require('./api/tracing');
const { waysIn } = require('./native/submit');
const { resolveWorker } = require('./api/worker-argument');

/**
 * How long a forced close waits for workers that do not stop, in milliseconds. A native call that never returns can
 * be ended by nobody: its thread is left behind then.
 */
const FORCED_CLOSE_LIMIT = 5000;

/** Never rings. */
const NO_ALARM = { __proto__: null, within() {}, stop() {} };

/** What callers may rely on is documented in index.d.ts. */
class WorkerPool extends EventEmitter {
  #tasks;
  /** What `Tasks` needs of this pool. */
  #owner;
  /** The promise of `close`, once that was called. */
  #closed;
  #ended = false;
  #isForced = false;
  /** Events to be emitted. */
  #announced = [];
  /** Forces a graceful `close`, and ends a forced one. */
  #patience = new Alarm(() => {
    if (this.#isForced) this.#owner.ended(false);
    else this.#force();
  });

  constructor(size, worker, options) {
    super();
    checkSize(size);
    const { workerFile, builtIn } = resolveWorker(worker, addon.builtInNames());
    const poolOptions = readPoolOptions(options);
    const { maxQueue } = poolOptions;

    const hold = new Hold();
    const { native, tasks } =
      builtIn === undefined
        ? fileWorkers({ size, file: workerFile, ...poolOptions }, hold)
        : nativeWorkers({ size, builtIn, ...poolOptions }, hold);
    this.#tasks = tasks;
    const functions = native.functions({ __proto__: null });
    const owner = {
      native,
      collect: functions.collect,
      cancel: functions.cancel,
      /** Tells the threads of worker files; native ones know. */
      stopCancelled: functions.stopCancelled,
      inFlight: undefined,
      direct: undefined,
      wayIn: undefined,
      room: maxQueue === Infinity ? ENDLESS : new Room(functions.room, () => this.#announce('drain')),
      /** Settles tasks of worker files that wait or run for too long; the engine has a timer for native ones. */
      waits: builtIn === undefined ? new Alarm(functions.look) : NO_ALARM,
      closing: false,
      crashed: (error) => this.#announce('crash', error),
      emitAnnounced: this.#emitAnnounced,
      ended: undefined, // set by `close`
    };
    owner.inFlight = new InFlight(owner, hold, functions.keepAlive);
    Object.assign(owner, waysIn(functions, size, owner.inFlight, owner.room));
    this.#owner = owner;
    if (builtIn === undefined) abandoned.register(owner, native);

    const owned = { size, workerFile, maxQueue, ...this.#views() };
    for (const name of Object.keys(owned)) {
      Object.defineProperty(this, name, { __proto__: null, value: owned[name], enumerable: true });
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
      return rejected(error);
    }
  }

  stream(items, options) {
    checkItems(items);
    return new Stream(this.#target(), items, readStreamOptions(options));
  }

  ready() {
    return this.#owner.closing ? rejected(errors.refused('ERR_POOL_CLOSED')) : this.#owner.room.ready();
  }

  stats() {
    const stats = statsOf(this.#owner.native);
    return this.#ended ? { ...stats, idle: 0 } : stats;
  }

  close(options) {
    let limits;
    try {
      limits = readCloseOptions(options);
    } catch (error) {
      return rejected(error);
    }
    const closed = this.#closed ?? this.#close();
    if (this.#ended) return closed;
    if (limits.force) this.#force();
    else if (!this.#isForced) this.#patience.within(limits.timeout);
    return closed;
  }

  [Symbol.asyncDispose]() {
    return this.close();
  }

  #run(data, options) {
    if (!isTraced()) return this.#tasks.run(this.#owner, data, options);
    return trace(() => this.#tasks.run(this.#owner, data, options), { __proto__: null, pool: this, data, options });
  }

  /** What `map` and `stream` need of a pool. */
  #target() {
    return {
      size: this.size,
      signals: this.#tasks.signals,
      run: (data, options) => this.#run(data, options),
      claimRoom: () => this.#owner.closing || this.#owner.room.claim(),
      hasRoom: () => this.#owner.closing || this.#owner.room.isThere,
      ready: () => this.ready(),
    };
  }

  #close() {
    let resolve;
    const closed = new NativePromise((settle) => {
      resolve = settle;
    });
    // The stack overflowed before the executor ran; the promise is already rejected.
    if (resolve === undefined) return closed;
    // Without `areGone` some threads are left behind.
    this.#owner.ended = (areGone = true) => {
      if (this.#ended) return;
      this.#patience.stop();
      if (areGone) this.#owner.native.join();
      this.#ended = true;
      this.#tasks.land(this.#owner);
      resolve();
    };
    this.#closed = closed;
    this.#surely(() => this.#tasks.close(this.#owner));
    return closed;
  }

  /** Forces a close that has begun. */
  #force() {
    if (this.#isForced) return;
    this.#isForced = true;
    this.#patience.stop();
    this.#patience.within(FORCED_CLOSE_LIMIT);
    this.#surely(() => this.#owner.native.closeNow());
  }

  /**
   * Calls `step`, which may be called twice: once more in the next turn of the event loop, since this call may be
   * interrupted by the end of the stack or by a time limit of node:vm.
   */
  #surely(step) {
    later(() => {
      if (!this.#ended) step();
    });
    step();
  }

  /**
   * Emits an event before whoever awaits a task goes on, but not within whatever the pool does now: at the end of
   * that (`#emitAnnounced`), or as the next microtask.
   */
  #announce(event, ...values) {
    if (this.#announced.length === 0) soon(this.#emitAnnounced);
    this.#announced.push({ event, values });
  }

  /** What a listener throws is its own affair. */
  #emitAnnounced = () => {
    while (this.#announced.length > 0) {
      const { event, values } = this.#announced.shift();
      attempt(() => this.emit(event, ...values));
    }
  };

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
    return { tasks, native: new addon.WorkerPool(builtIn, size, maxQueue, collect) };
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
