'use strict';

// The class that callers use. It decides nothing: arguments are checked, tasks settled and errors made elsewhere.

const EventEmitter = require('node:events');
const errors = require('./api/errors');
const { checkSize, readCloseOptions, readMapOptions, readPoolOptions, readStreamOptions } = require('./api/options');
const { statsOf } = require('./api/stats');
const { isTraced, trace } = require('./api/tracing');
const { resolveWorker } = require('./api/worker-argument');
const { FilePool } = require('./files/pool');
const { map } = require('./iterate/map');
const { checkItems } = require('./iterate/source');
const { Stream } = require('./iterate/stream');
const { codecOf } = require('./native/codecs');
const { Completions } = require('./native/completions');
const { SubmissionRing } = require('./native/submission-ring');
const addon = require('./platform/addon');
const { DeadlineTimer } = require('./platform/deadline-timer');
const { attempt, later, soon } = require('./platform/event-loop');
const { NativePromise, rejected } = require('./platform/promise');
const { Backpressure, UNBOUNDED } = require('./tasks/backpressure');
const { Numbers, Values } = require('./tasks/inputs');
const { PendingCount, WeakOwner } = require('./tasks/pending');
const { PoolState } = require('./tasks/pool-state');
const { CallSubmitter } = require('./tasks/submit');
const { Tasks } = require('./tasks/tasks');

/**
 * How long a forced close waits for workers that do not stop, in milliseconds. A native call that never returns cannot be ended
 * from outside: its thread is left behind then.
 */
const FORCED_CLOSE_LIMIT = 5000;

/** Never fires. */
const NO_TIMER = { __proto__: null, schedule() {}, cancel() {} };

/** index.d.ts documents what callers may rely on. */
class WorkerPool extends EventEmitter {
  #tasks;
  #state = new PoolState();
  /** The promise of `close`, once that was called. */
  #closed;
  #ended = false;
  #isForced = false;
  /** Events to be emitted. */
  #announced = [];
  /** Forces a graceful close, and ends a forced one. */
  #closeTimer = new DeadlineTimer(() => {
    if (this.#isForced) this.#state.ended();
    else this.#force();
  });

  constructor(size, worker, options) {
    super();
    checkSize(size);
    const { workerFile, builtIn } = resolveWorker(worker, addon.builtInNames());
    const poolOptions = readPoolOptions(options);
    const { maxQueue } = poolOptions;

    const weakOwner = new WeakOwner();
    const { backend, tasks } =
      builtIn === undefined
        ? fileWorkers({ size, file: workerFile, ...poolOptions }, weakOwner)
        : nativeWorkers({ size, builtIn, ...poolOptions }, weakOwner);
    this.#tasks = tasks;
    const functions = backend.functions({ __proto__: null });
    const state = this.#state;
    state.backend = backend;
    state.functions = functions;
    state.pending = new PendingCount(state, weakOwner, functions.keepAlive);
    state.backpressure =
      maxQueue === Infinity ? UNBOUNDED : new Backpressure(functions.room, () => this.#announce('drain'));
    state.callSubmitter = new CallSubmitter(functions, state.pending, state.backpressure);
    state.submitter =
      functions.ring === undefined ? state.callSubmitter : new SubmissionRing(functions, size, state.pending);
    state.limitTimer = functions.expire === undefined ? NO_TIMER : new DeadlineTimer(functions.expire);
    state.crashed = (error) => this.#announce('crash', error);
    state.emitAnnounced = this.#emitAnnounced;
    if (builtIn === undefined) abandoned.register(state, backend);

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
    return this.#ready();
  }

  stats() {
    const stats = statsOf(this.#state.backend);
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
    else if (!this.#isForced) this.#closeTimer.schedule(limits.timeout);
    return closed;
  }

  [Symbol.asyncDispose]() {
    return this.close();
  }

  #run(data, options) {
    if (!isTraced()) return this.#tasks.run(this.#state, data, options);
    return trace(() => this.#tasks.run(this.#state, data, options), { __proto__: null, pool: this, data, options });
  }

  #ready(waiter) {
    return this.#state.isClosing ? rejected(errors.refused('ERR_POOL_CLOSED')) : this.#state.backpressure.ready(waiter);
  }

  /** What `map` and `stream` need of a pool. */
  #target() {
    return {
      size: this.size,
      signals: this.#tasks.signals,
      run: (data, options) => this.#run(data, options),
      tryReserve: () => this.#state.isClosing || this.#state.backpressure.tryReserve(),
      hasRoom: () => this.#state.isClosing || this.#state.backpressure.hasRoom,
      ready: (waiter) => this.#ready(waiter),
      withdraw: (waiter) => this.#state.backpressure.withdraw(waiter),
    };
  }

  #close() {
    let resolve;
    const closed = new NativePromise((settle) => {
      resolve = settle;
    });
    // The stack overflowed before the executor ran; the promise is already rejected.
    if (resolve === undefined) return closed;
    // A hook of async_hooks, to which the promise was reported, has closed the pool.
    if (this.#closed !== undefined) return this.#closed;
    this.#state.ended = () => {
      if (this.#ended) return;
      this.#closeTimer.cancel();
      this.#ended = true;
      this.#tasks.land(this.#state);
      resolve();
    };
    this.#closed = closed;
    this.#surely(() => this.#tasks.close(this.#state));
    return closed;
  }

  /** Forces a close that has begun. */
  #force() {
    if (this.#isForced) return;
    this.#isForced = true;
    this.#closeTimer.cancel();
    this.#closeTimer.schedule(FORCED_CLOSE_LIMIT);
    this.#surely(() => this.#state.backend.closeNow());
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
          return pool.#ended ? 0 : pool.#state.backend.idle;
        },
      }),
      queue: Object.freeze({
        get length() {
          return pool.#state.backend.queued;
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

/** Ends the threads of a worker file when its pool was collected; native threads end by themselves then. */
const abandoned = new FinalizationRegistry((backend) => backend.abandon());

/** The backend of a built-in worker, and its tasks. */
function nativeWorkers({ size, builtIn, maxQueue }, weakOwner) {
  const { encode, decode } = codecOf(builtIn);
  const inputs = new Numbers();
  const tasks = new Tasks(encode, inputs, weakOwner);
  const { collect } = new Completions(tasks, inputs, decode, weakOwner);
  try {
    return { tasks, backend: new addon.WorkerPool(builtIn, size, maxQueue, collect) };
  } catch (cause) {
    throw errors.threadNotStarted(cause);
  }
}

/** The backend of a worker file, and its tasks. */
function fileWorkers(options, weakOwner) {
  const inputs = new Values();
  const tasks = new Tasks((data) => data, inputs, weakOwner);
  return { tasks, backend: new FilePool(options, tasks, inputs, weakOwner) };
}

module.exports = { WorkerPool };
