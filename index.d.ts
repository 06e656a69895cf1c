/// <reference types="node" />

import type { EventEmitter } from 'node:events';
import type { TransferListItem, WorkerOptions } from 'node:worker_threads';

/**
 * A value that can be moved to another thread. `ArrayBufferLike` is included because the `buffer` of a typed array has
 * that type. A `SharedArrayBuffer` cannot be moved; both threads share it anyway.
 */
export type Movable = TransferListItem | ArrayBufferLike;

/** The input of `native:fib`: an integer n from 0 to 78, or an object whose `n` `Number()` converts to it. */
export type FibInput = number | { readonly n: number | bigint | string };

/** The result of `native:fib`. */
export interface FibResult {
  /** The input n. */
  n: number;
  /** The n-th Fibonacci number; fib(0) is 0, fib(1) is 1. */
  result: number;
}

/** The input and the result of each built-in worker, by name. */
export interface BuiltInWorkers {
  'native:fib': { input: FibInput; result: FibResult };
}

/** The input of a task. `In` is the name of a built-in worker, or the input type itself. */
export type InputOf<In> = In extends keyof BuiltInWorkers ? BuiltInWorkers[In]['input'] : In;

/** The result of a task. If `In` is the name of a built-in worker, its result type; otherwise `Out`. */
export type ResultOf<In, Out> = In extends keyof BuiltInWorkers ? BuiltInWorkers[In]['result'] : Out;

/**
 * Options of a pool. These rules also apply to the options of every method: `undefined` and `null` select the default;
 * the pool reads an object's own properties and those of its class, never `Object.prototype`; an unknown option is
 * rejected.
 */
export interface WorkerPoolOptions {
  /**
   * How many tasks may wait while every worker is busy: a non-negative integer, or `Infinity` for no
   * limit. Further tasks are refused.
   * @default Infinity
   */
  readonly maxQueue?: number | null | undefined;
  /**
   * For worker files: the options of each `Worker` of `node:worker_threads`, except `eval`. With `stdout` or `stderr`,
   * the output of the threads is discarded. A built-in worker ignores these options.
   */
  readonly workerOptions?: Omit<WorkerOptions, 'eval'> | null | undefined;
  /**
   * For worker files: how long a running task may continue after it was aborted or exceeded its `timeout`, in
   * milliseconds. Then its thread is terminated and replaced. A forced close terminates it at once.
   * @default 0
   */
  readonly abortTimeout?: number | null | undefined;
}

/** The second argument of the function of a worker file. */
export interface WorkerContext {
  /**
   * Aborts when the task is aborted or exceeds its `timeout`. The reason is the caller's, if it can be cloned. Useful
   * with {@link WorkerPoolOptions.abortTimeout}.
   */
  readonly signal: AbortSignal;
  /** Reports a value to the `onProgress` of `run`. Has no effect after the task has ended. */
  readonly progress: (value: unknown, transfer?: readonly Movable[]) => void;
  /** Wraps a return value whose parts in `list` are moved instead of copied. */
  readonly transfer: <T>(value: T, list: readonly Movable[]) => Transferred<T>;
}

/** A result with parts that are moved instead of copied. */
export interface Transferred<T> {
  readonly value: T;
  readonly list: readonly Movable[];
}

/**
 * The function that a worker file exports (`module.exports` or `export default`). It is called for each task of
 * `WorkerPool<In, Out>`. If it throws or rejects, the task rejects with the same error.
 */
export type WorkerFunction<In, Out> = (
  data: In,
  context: WorkerContext,
) => Out | Transferred<Out> | PromiseLike<Out | Transferred<Out>>;

/** Options of a task. */
export interface RunOptions {
  /**
   * Aborts the task: its promise rejects at once with an `AbortError` (`code: 'ABORT_ERR'`,
   * `cause: signal.reason`). A queued task leaves the queue. A running native task stops within milliseconds, and its
   * thread continues with the next task. The thread of a worker file is terminated and replaced, unless its task ends
   * by itself within {@link WorkerPoolOptions.abortTimeout}. Until the thread has stopped, its worker is *stopping*,
   * see {@link Stats.stopping}.
   */
  readonly signal?: AbortSignal | null | undefined;
  /**
   * How long the task may run, in milliseconds from its start; 0 allows no time at all. When the time is up, the
   * promise rejects and the task is stopped as by an abort. A native task stops on time even if the event loop is
   * blocked.
   * @default Infinity
   */
  readonly timeout?: number | null | undefined;
  /**
   * How long the task may wait for a worker, and for a worker file to load, in milliseconds from the call of `run`.
   * @default Infinity
   */
  readonly queueTimeout?: number | null | undefined;
  /**
   * A safe integer. Queued tasks with a higher priority start first; tasks of equal priority start in call order.
   * @default 0
   */
  readonly priority?: number | null | undefined;
  /** For worker files: the parts of the data to move to the worker when the task starts, instead of copying them. */
  readonly transfer?: readonly Movable[] | null | undefined;
  /**
   * For worker files: called with each value that the worker reports by `context.progress`, in order, before the
   * promise settles. An exception that it throws is an uncaught exception.
   */
  readonly onProgress?: ((value: unknown) => void) | null | undefined;
}

/** The progress of a `map` or `stream`. */
export interface Progress {
  /** Tasks with a result. */
  done: number;
  /** All tasks; undefined if `items` has no `length`. */
  total: number | undefined;
}

/** Options of `map`. The time limits and the priority apply to each task. */
export interface MapOptions extends Pick<RunOptions, 'timeout' | 'queueTimeout' | 'priority'> {
  /** Stops everything; the promise rejects with an `AbortError`. */
  readonly signal?: AbortSignal | null | undefined;
  /** Called after each task. An exception that it throws rejects the promise and stops everything. */
  readonly onProgress?: ((progress: Progress) => void) | null | undefined;
}

/** Options of `stream`. The time limits and the priority apply to each task. */
export interface StreamOptions extends Pick<RunOptions, 'timeout' | 'queueTimeout' | 'priority'> {
  /** Stops everything; the next result rejects with an `AbortError`. */
  readonly signal?: AbortSignal | null | undefined;
  /** Called when a task has a result, consumed or not. An exception that it throws stops the stream. */
  readonly onProgress?: ((progress: Progress) => void) | null | undefined;
  /**
   * Whether to yield results in the order of the items instead of as they arrive.
   * @default true
   */
  readonly ordered?: boolean | null | undefined;
}

/** Options of `close`. */
export interface CloseOptions {
  /**
   * Rejects queued and running tasks with `ERR_POOL_CLOSED` instead of waiting for them.
   * @default false
   */
  readonly force?: boolean | null | undefined;
  /**
   * How long the close stays graceful before it is forced, in milliseconds.
   * @default Infinity
   */
  readonly timeout?: number | null | undefined;
}

/** Statistics of durations, in milliseconds; all 0 before the first one. */
export interface Times {
  mean: number;
  p50: number;
  p90: number;
  p99: number;
  max: number;
}

/**
 * Counts and durations since the pool was created. At every moment,
 * `submitted = completed + failed + aborted + timedOut + queued + running`.
 */
export interface Stats {
  /** Number of workers. */
  size: number;
  /** Workers without a task. */
  idle: number;
  /** Running tasks. */
  running: number;
  /**
   * Workers that have not stopped yet although their task has settled: it was aborted, exceeded its `timeout`, or was
   * rejected by a forced close. Until the pool is closed, `size = idle + running + stopping`, not counting workers
   * whose thread cannot be started.
   */
  stopping: number;
  /** Waiting tasks. */
  queued: number;
  /** Admitted tasks. */
  submitted: number;
  /** Tasks with a result. */
  completed: number;
  /** Tasks with an error of their own, or whose worker died. */
  failed: number;
  /** Tasks that were aborted by their signal, or rejected by a forced close. */
  aborted: number;
  /** Tasks that exceeded a time limit. */
  timedOut: number;
  /** Tasks that were never admitted, because the queue was full or the pool was closing. */
  refused: number;
  /** Workers that died. */
  crashes: number;
  /** From `run` to the start, of every task that has started. Quantiles are accurate to one percent. */
  waitTime: Times;
  /** From the start to the end, of every task that has started and ended. */
  runTime: Times;
  /** The share of the workers' time spent on tasks, from 0 to 1. */
  utilization: number;
}

/** The codes of the errors that the package creates. They never change. */
export type WorkerPoolErrorCode =
  | 'ERR_POOL_QUEUE_FULL'
  | 'ERR_POOL_CLOSED'
  | 'ERR_POOL_TIMEOUT'
  | 'ERR_POOL_QUEUE_TIMEOUT'
  | 'ERR_POOL_CRASH'
  | 'ERR_POOL_WORKER_NOT_FOUND'
  | 'ERR_POOL_TASK_NOT_FOUND'
  | 'ERR_INVALID_ARG_TYPE'
  | 'ERR_INVALID_ARG_VALUE'
  | 'ERR_OUT_OF_RANGE'
  | 'ERR_WORKER_INIT_FAILED'
  | 'ERR_DLOPEN_FAILED'
  | 'ABORT_ERR';

/** An error that a pool throws, rejects with or emits. */
export interface WorkerPoolError extends Error {
  code: WorkerPoolErrorCode;
}

/** The events of a pool and the arguments of their listeners. */
export interface WorkerPoolEvents {
  /**
   * A worker died and is replaced. If it was running a task that had not settled yet, the task rejected with the same
   * error. A worker file may have thrown something other than an `Error`.
   *
   * Also emitted when a thread that tasks need cannot be started (`ERR_WORKER_INIT_FAILED`), and not again until a
   * start has succeeded. The pool continues with the threads it has, and retries while tasks wait.
   */
  // biome-ignore lint/suspicious/noExplicitAny: anything can be thrown
  crash: [error: any];
  /** There is room in the queue again after a task was refused. */
  drain: [];
}

/**
 * A fixed number of workers, each of which runs one task at a time, and the queue that they share.
 *
 * `WorkerPool<'native:fib'>` infers the input and the result from the name; use `WorkerPool<In, Out>` for worker files.
 */
export interface WorkerPool<In = 'native:fib', Out = unknown> extends EventEmitter<WorkerPoolEvents> {
  /** Number of workers. It is constant: a worker that dies is replaced. */
  readonly size: number;

  /** The resolved path of the worker file, or the name of the built-in worker (`native:fib`). */
  readonly workerFile: string;

  /** How many tasks may wait while every worker is busy. */
  readonly maxQueue: number;

  /** Workers without a task. */
  readonly idle: { readonly length: number };

  /** Waiting tasks. */
  readonly queue: { readonly length: number };

  /** All workers; 0 once the pool is closed. */
  readonly all: { readonly size: number };

  /**
   * Runs a task. If a worker is idle, the task starts at once, even if the event loop is blocked right afterwards. (In
   * a worker file, it starts once the file has loaded.) Otherwise the task waits; tasks start in call order.
   *
   * Never throws. A built-in worker reads `data` before `run` returns. For a worker file, `data` is cloned when the
   * task is posted to a thread; do not change it until the task settles.
   *
   * @param data The input of the task.
   * @param options Options of the task.
   * @returns A promise of the result. It rejects with
   *   - `ERR_POOL_QUEUE_FULL` when every worker is busy and `maxQueue` tasks wait,
   *   - `ERR_POOL_CLOSED` after `close()`, or when the pool is closed by force before the task has ended,
   *   - `ABORT_ERR` (AbortError) when `signal` aborts,
   *   - `ERR_POOL_TIMEOUT` and `ERR_POOL_QUEUE_TIMEOUT` when a time limit is exceeded,
   *   - `ERR_INVALID_ARG_TYPE`, `ERR_INVALID_ARG_VALUE` (TypeError) or `ERR_OUT_OF_RANGE` (RangeError) for a
   *     bad option, which the message names,
   *   - `ERR_INVALID_ARG_VALUE` (TypeError, `Invalid n: …`) for data that `native:fib` does not accept,
   *     and `ERR_OUT_OF_RANGE` (RangeError) for n above 78,
   *   - the error that a worker file throws or rejects with, or that ended its thread,
   *   - Node's `DataCloneError` for data or a result of a worker file that cannot be cloned,
   *   - `ERR_POOL_CRASH` when the worker died during the task without an error of its own.
   */
  run(data: InputOf<In>, options?: RunOptions | null): Promise<ResultOf<In, Out>>;

  /**
   * Runs a task for each item, with a bounded number in flight.
   *
   * @returns A promise of the results in the order of the items. It rejects with the first error of a task, the source,
   *   `onProgress` or `signal`; the tasks in flight are then aborted.
   */
  map(
    items: Iterable<InputOf<In> | PromiseLike<InputOf<In>>> | AsyncIterable<InputOf<In>>,
    options?: MapOptions | null,
  ): Promise<ResultOf<In, Out>[]>;

  /**
   * Runs a task for each item and yields the results. Pulls items from the source only as results are consumed, a
   * bounded number ahead. The first `next()` starts it.
   *
   * @returns An iterator that ends at the first error, or when the caller leaves the loop; the tasks in flight are then
   *   aborted.
   * @throws TypeError or RangeError for items that are not iterable or a bad option.
   */
  stream(
    items: Iterable<InputOf<In> | PromiseLike<InputOf<In>>> | AsyncIterable<InputOf<In>>,
    options?: StreamOptions | null,
  ): AsyncIterableIterator<ResultOf<In, Out>> & AsyncDisposable;

  /**
   * Resolves when a task would be admitted. Call `run` right after awaiting it: that call is not refused, even with
   * several such loops. A `run` that did not await `ready()` may use the reserved room. Rejects with `ERR_POOL_CLOSED`
   * when the pool closes.
   */
  ready(): Promise<void>;

  /** Returns counts and durations since the pool was created. */
  stats(): Stats;

  /**
   * Stops admitting tasks, waits for queued and running tasks, and ends the threads. A later call can force a close
   * that began gracefully.
   *
   * @returns A promise that resolves when the threads are gone. A forced close resolves after five seconds at the
   *   latest, since native code that never returns cannot be interrupted. Every call returns the same promise, except
   *   that a call with bad options rejects.
   */
  close(options?: CloseOptions | null): Promise<void>;

  /** Closes the pool gracefully at the end of an `await using` block. */
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * The constructors of {@link WorkerPool}. A subclass names the type it extends:
 * `class Mine extends WorkerPool<'native:fib'>` or `extends WorkerPool<In, Out>`.
 */
export interface WorkerPoolConstructor {
  /**
   * Creates a pool of a built-in worker.
   *
   * @param size Number of workers, 1 to 1024.
   * @param worker Name of the built-in worker.
   * @throws RangeError `ERR_OUT_OF_RANGE` (`Invalid pool size: …`, or a message that names the option), TypeError
   *   `ERR_INVALID_ARG_TYPE` or `ERR_INVALID_ARG_VALUE` with the name of the argument, Error
   *   `ERR_POOL_WORKER_NOT_FOUND` when there is no such worker, Error `ERR_WORKER_INIT_FAILED` when no thread can be
   *   started.
   */
  new <Name extends keyof BuiltInWorkers = 'native:fib'>(
    size: number,
    worker?: Name | null | undefined,
    options?: WorkerPoolOptions | null,
  ): WorkerPool<Name>;

  /**
   * Creates a pool of a worker file, which runs on threads of `worker_threads`. If its directive prologue contains
   * `'use native:NAME'`, the built-in worker of that name runs the tasks instead.
   *
   * @param size Number of workers, 1 to 1024.
   * @param worker Path or `file:` URL of the worker file.
   * @throws The same errors as for a built-in worker, and any error that `Worker` throws for its options.
   */
  // biome-ignore lint/suspicious/noExplicitAny: the input and the result of a worker file are not known here
  new (size: number, worker: string | URL | null | undefined, options?: WorkerPoolOptions | null): WorkerPool<any, any>;

  /** Creates a pool of a worker file with the input `In` and the result `Out`. */
  new <In, Out = unknown>(size: number, worker: string | URL, options?: WorkerPoolOptions | null): WorkerPool<In, Out>;

  readonly prototype: WorkerPool<unknown, unknown>;
}

export declare const WorkerPool: WorkerPoolConstructor;
