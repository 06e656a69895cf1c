'use strict';

// The class that callers use. It decides nothing: other modules check arguments, settle tasks and make errors.

const errors = require('./api/errors');
const {
  checkBytes,
  checkSize,
  readCloseOptions,
  readMapOptions,
  readPoolOptions,
  readStatsOptions,
  readStreamOptions,
} = require('./api/options');
const { LISTENERS_CHANGED, ObservedEmitter } = require('./api/observed-emitter');
const { statsOf, workerStatsOf } = require('./api/stats');
const { taskProxy } = require('./api/task-proxy');
const { isTraced, trace } = require('./api/tracing');
const { resolveWorker } = require('./api/worker-argument');
const { startBackend } = require('./backends');
const { FilePool } = require('./files/pool');
const { map } = require('./iterate/map');
const { checkItems } = require('./iterate/source');
const { Stream } = require('./iterate/stream');
const { SubmissionRing } = require('./native/submission-ring');
const addon = require('./platform/addon');
const { DeadlineTimer } = require('./platform/deadline-timer');
const { attempt, later, soon } = require('./platform/event-loop');
const { NativePromise, rejected } = require('./platform/promise');
const { Backpressure, UNBOUNDED } = require('./tasks/backpressure');
const { WeakOwner } = require('./tasks/pending');
const { PoolState } = require('./tasks/pool-state');

/** @typedef {import('../index').CloseOptions} CloseOptions */
/** @typedef {import('../index').MapOptions} MapOptions */
/** @typedef {import('../index').RunOptions} RunOptions */
/** @typedef {import('../index').Stats} Stats */
/** @typedef {import('../index').StatsOptions} StatsOptions */
/** @typedef {import('../index').StreamOptions} StreamOptions */
/** @typedef {import('../index').WorkerPoolOptions} WorkerPoolOptions */
/** @typedef {import('./iterate/bounded-pull').PullTarget} PullTarget */

/**
 * How long a forced close waits for workers that do not stop, in milliseconds. A native call that never returns cannot
 * be ended from outside, so its thread is left behind.
 */
const FORCED_CLOSE_LIMIT = 5000;

/** What the addon knows of workers and tasks. */
const NAMES = {
  numeric: addon.numericWorkers(),
  tasks: addon.builtInTasks(),
  /** @param {unknown} value */
  userTaskName: (value) => addon.userTaskName(value),
};

const { Uint8Array: Bytes } = globalThis; // before a program can replace it

/** index.d.ts documents what callers may rely on. */
class WorkerPool extends ObservedEmitter {
  #size;
  /** The largest size so far. */
  #maxSize;
  /** How many tasks each worker runs at a time. */
  #concurrency;
  #limitsBytes;
  #tasks;
  #state;
  /**
   * The promise of `close`, once that was called.
   * @type {Promise<void> | undefined}
   */
  #closed;
  /**
   * Stops what waits for the items of a map or a stream.
   * @type {Set<() => void>}
   */
  #closing = new Set();
  #ended = false;
  #isForced = false;
  /**
   * Events to emit.
   * @type {{ event: string, values: unknown[] }[]}
   */
  #announced = [];
  /** Forces a graceful close, and ends a forced one. */
  #closeTimer = new DeadlineTimer(() => {
    if (this.#isForced) this.#state.ended();
    else this.#force();
  });

  /**
   * @param {number} size
   * @param {string | URL | null} [worker]
   * @param {WorkerPoolOptions | null} [options]
   */
  constructor(size, worker, options) {
    super();
    checkSize(size);
    const resolved = resolveWorker(worker, NAMES);
    const { workerFile } = resolved;
    const poolOptions = readPoolOptions(options, size, resolved.numeric === undefined && resolved.tasks === undefined);
    const { maxQueue, maxQueueBytes } = poolOptions;

    const weakOwner = new WeakOwner();
    const { backend, functions, tasks } = startBackend(resolved, { size, ...poolOptions }, weakOwner);
    this.#size = size;
    this.#maxSize = size;
    this.#concurrency = poolOptions.concurrency;
    this.#tasks = tasks;
    this.#limitsBytes = resolved.tasks !== undefined && maxQueueBytes !== Infinity;
    const isUnlimited = maxQueue === Infinity && !this.#limitsBytes;
    const backpressure = isUnlimited ? UNBOUNDED : new Backpressure(functions.room, ...this.#drain());
    const state = new PoolState(backend, functions, backpressure, weakOwner, {
      announce: (event, ...values) => this.#announce(event, ...values),
      emitAnnounced: this.#emitAnnounced,
    });
    this.#state = state;
    if ('ring' in functions && functions.ring !== undefined) {
      state.submitter = new SubmissionRing(functions.ring, functions, size, state.pending);
    }
    if (backend instanceof FilePool) abandoned.register(state, backend);

    const ofSize = { __proto__: null, get: () => this.#size, enumerable: true };
    Object.defineProperty(this, 'size', ofSize);
    /** @type {{ [name: string]: unknown }} */
    const owned = { workerFile, maxQueue, ...this.#views() };
    for (const name of Object.keys(owned)) {
      const property = { __proto__: null, value: owned[name], enumerable: true };
      Object.defineProperty(this, name, property);
    }
  }

  /**
   * @param {number} bytes
   * @returns {Uint8Array}
   */
  static allocate(bytes) {
    checkBytes(bytes);
    try {
      return new Bytes(/** @type {ArrayBuffer} */ (addon.allocate(bytes)));
    } catch (cause) {
      throw errors.noMemory(bytes, cause);
    }
  }

  /**
   * @param {unknown} data
   * @param {RunOptions | null} [options]
   * @returns {Promise<unknown>}
   */
  run(data, options) {
    return this.#run(data, options);
  }

  /**
   * @param {Iterable<unknown> | AsyncIterable<unknown>} items
   * @param {MapOptions | null} [options]
   * @returns {Promise<unknown[]>}
   */
  map(items, options) {
    try {
      checkItems(items);
      return map(this.#target(), items, readMapOptions(options));
    } catch (error) {
      return rejected(error);
    }
  }

  /**
   * @param {Iterable<unknown> | AsyncIterable<unknown>} items
   * @param {StreamOptions | null} [options]
   * @returns {InstanceType<typeof Stream>}
   */
  stream(items, options) {
    checkItems(items);
    return new Stream(this.#target(), items, readStreamOptions(options));
  }

  /** @returns {{ [name: string]: import('./api/task-proxy').TaskFunction }} */
  proxy() {
    return taskProxy((data, options, name) => this.#run(data, options, name));
  }

  /** @param {number} size */
  resize(size) {
    checkSize(size);
    if (this.#closed !== undefined) throw errors.refused('ERR_POOL_CLOSED');
    this.#size = size;
    this.#maxSize = Math.max(this.#maxSize, size);
    this.#state.submitter.resize(size);
    this.#state.backend.resize(size);
    this.#state.backpressure.roomFreed();
  }

  /** @param {unknown} value */
  broadcast(value) {
    const { backend } = this.#state;
    if (!(backend instanceof FilePool)) throw errors.onlyForFiles('broadcast');
    if (this.#closed !== undefined) throw errors.refused('ERR_POOL_CLOSED');
    backend.broadcast(value);
  }

  /** @returns {import('node:stream').Readable | null} */
  get stdout() {
    const { backend } = this.#state;
    return backend instanceof FilePool ? backend.stdout : null;
  }

  /** @returns {import('node:stream').Readable | null} */
  get stderr() {
    const { backend } = this.#state;
    return backend instanceof FilePool ? backend.stderr : null;
  }

  /** @returns {Promise<void>} */
  ready() {
    return this.#ready();
  }

  /**
   * @param {StatsOptions | null} [options]
   * @returns {Stats}
   */
  stats(options) {
    const { reset, buckets, workers } = readStatsOptions(options);
    const { backend } = this.#state;
    const stats = statsOf(backend, buckets, reset);
    if (this.#ended) return { ...stats, threads: 0, idle: 0, ...(workers && { workers: [] }) };
    return workers ? { ...stats, workers: workerStatsOf(backend, this.#maxSize, this.#concurrency) } : stats;
  }

  /**
   * @param {CloseOptions | null} [options]
   * @returns {Promise<void>}
   */
  close(options) {
    let limits;
    try {
      limits = readCloseOptions(options);
    } catch (error) {
      return rejected(error);
    }
    const closed = this.#closed ?? this.#close();
    if (this.#ended) return closed;
    if (limits.force) {
      this.#force();
    } else if (!this.#isForced) {
      this.#closeTimer.schedule(limits.timeout);
      if (limits.drop) this.#callTwice(() => this.#state.backend.closeAndDrop());
    }
    return closed;
  }

  [Symbol.asyncDispose]() {
    return this.close();
  }

  /**
   * @param {unknown} data
   * @param {unknown} options
   * @param {string} [name] Of the task, if it is not one of the options.
   */
  #run(data, options, name) {
    if (!isTraced()) return this.#tasks.run(this.#state, data, options, name);
    const named = name === undefined ? options : { .../** @type {object | null | undefined} */ (options), name };
    const context = { __proto__: null, pool: this, data, options: named };
    return trace(() => this.#tasks.run(this.#state, data, options, name), context);
  }

  /** @param {object} [waiter] Identifies the caller in a later call of `withdraw`. */
  #ready(waiter) {
    return this.#state.isClosing ? rejected(errors.refused('ERR_POOL_CLOSED')) : this.#state.backpressure.ready(waiter);
  }

  /**
   * What `map` and `stream` need of a pool.
   * @returns {PullTarget}
   */
  #target() {
    const parallel = () => this.#size * this.#concurrency;
    return {
      get parallel() {
        return parallel();
      },
      signals: this.#tasks.signals,
      run: (data, options) => this.#run(data, options),
      tryReserve: () => this.#state.isClosing || this.#state.backpressure.tryReserve(),
      hasRoom: () => this.#state.isClosing || this.#state.backpressure.hasRoom,
      ready: (waiter) => this.#ready(waiter),
      withdraw: (waiter) => this.#state.backpressure.withdraw(waiter),
      limitsBytes: this.#limitsBytes,
      closing: this.#closing,
    };
  }

  #close() {
    let resolve = /** @type {(() => void) | undefined} */ (undefined);
    /** @type {Promise<void>} */
    const closed = new NativePromise((settle) => {
      resolve = settle;
    });
    // The stack overflowed before the executor ran. The promise is already rejected.
    if (resolve === undefined) return closed;
    // A hook of async_hooks, which runs when the promise is made, has closed the pool.
    if (this.#closed !== undefined) return this.#closed;
    const settle = resolve;
    this.#state.ended = () => {
      if (this.#ended) return;
      this.#closeTimer.cancel();
      this.#ended = true;
      this.#tasks.uncount(this.#state);
      settle();
    };
    this.#closed = closed;
    this.#callTwice(() => {
      this.#tasks.close(this.#state);
      for (const close of [...this.#closing]) attempt(close);
    });
    return closed;
  }

  /** Forces a close that is in progress. */
  #force() {
    if (this.#isForced) return;
    this.#isForced = true;
    this.#closeTimer.cancel();
    this.#closeTimer.schedule(FORCED_CLOSE_LIMIT);
    this.#callTwice(() => this.#state.backend.closeNow());
  }

  /**
   * Calls `step` now and in the next turn of the event loop, since the end of the stack or a time limit of node:vm may
   * interrupt the first call.
   * @param {() => void} step
   */
  #callTwice(step) {
    later(() => {
      if (!this.#ended) step();
    });
    step();
  }

  /**
   * Emits an event before callers that await tasks continue, but after what the pool does now: at its end
   * (`#emitAnnounced`), or as the next microtask.
   * @param {string} event
   * @param {...unknown} values
   */
  #announce(event, ...values) {
    if (this.#announced.length === 0) soon(this.#emitAnnounced);
    this.#announced.push({ event, values });
  }

  /**
   * How backpressure uses the event 'drain'.
   * @returns {[drained: () => void, isAwaited: () => boolean]}
   */
  #drain() {
    return [() => this.#announce('drain'), () => this.listenerCount('drain') > 0];
  }

  [LISTENERS_CHANGED]() {
    this.#state.backpressure.drainListenersChanged();
  }

  /** Emits events that are due. What a listener throws is reported as an uncaught exception. */
  #emitAnnounced = () => {
    while (this.#announced.length > 0) {
      const { event, values } = /** @type {{ event: string, values: unknown[] }} */ (this.#announced.shift());
      attempt(() => this.emit(event, ...values));
    }
  };

  /** The fields `idle`, `queue` and `all`, which show only the sizes of the collections. */
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
          return pool.#ended ? 0 : pool.#size;
        },
      }),
    };
  }
}

/**
 * Ends the threads of a worker file when its pool was collected. Native threads end by themselves.
 * @type {FinalizationRegistry<InstanceType<typeof FilePool>>}
 */
const abandoned = new FinalizationRegistry((backend) => backend.abandon());

module.exports = { WorkerPool };
