/// <reference types="node" />

import type { EventEmitter } from 'node:events';
import type { TransferListItem, WorkerOptions } from 'node:worker_threads';

/**
 * What can be moved to another thread. The `buffer` of a typed array has the type `ArrayBufferLike`; a
 * SharedArrayBuffer, which that may be, cannot be moved, and need not be.
 */
export type Movable = TransferListItem | ArrayBufferLike;

/** What `native:fib` takes: n itself, or an object whose `n` `Number()` turns into it. n is an integer from 0 to 78. */
export type FibInput = number | { readonly n: number | bigint | string };

/** What `native:fib` answers. */
export interface FibResult {
  /** The n that was asked for. */
  n: number;
  /** The n-th Fibonacci number; fib(0) is 0, fib(1) is 1. */
  result: number;
}

/** The built-in workers by name: what each takes and answers. */
export interface BuiltInWorkers {
  'native:fib': { input: FibInput; result: FibResult };
}

/** What `run` of a pool takes. `In` is the name of a built-in worker or the type itself. */
export type InputOf<In> = In extends keyof BuiltInWorkers ? BuiltInWorkers[In]['input'] : In;

/** What a task of a pool results in. `In` is the name of a built-in worker, else `Out` is the type itself. */
export type ResultOf<In, Out> = In extends keyof BuiltInWorkers ? BuiltInWorkers[In]['result'] : Out;

/**
 * How a pool is made. Here and in the options of every method `null` is the default, too; only an object's own
 * properties count, or those of its class; and an unknown name is refused.
 */
export interface WorkerPoolOptions {
  /**
   * How many tasks may wait while every worker is busy: a non-negative integer, or `Infinity` for no
   * limit. A task beyond that is refused.
   * @default Infinity
   */
  readonly maxQueue?: number | null | undefined;
  /**
   * For worker files: options of each `Worker` of `node:worker_threads`, all but `eval`. What is printed
   * is not kept back for anybody with `stdout` and `stderr`: it is dropped. A built-in worker has no use for them.
   */
  readonly workerOptions?: Omit<WorkerOptions, 'eval'> | null | undefined;
  /**
   * For worker files: how many milliseconds a running task that is aborted, or that has exceeded its
   * `timeout`, is given to end by itself. Its thread is ended and replaced if it does not. A forced close gives
   * it no time.
   * @default 0
   */
  readonly abortTimeout?: number | null | undefined;
}

/** What the function of a worker file is given beside the data. */
export interface WorkerContext {
  /**
   * Aborts when nobody wants the task any more; its reason is the caller's where that can be cloned. Of use
   * with {@link WorkerPoolOptions.abortTimeout}.
   */
  readonly signal: AbortSignal;
  /** Reports something while the task runs, for the `onProgress` of `run`. Afterwards it does nothing. */
  readonly progress: (value: unknown, transfer?: readonly Movable[]) => void;
  /** What to return (or resolve with) for a result of which some parts are moved instead of copied. */
  readonly transfer: <T>(value: T, list: readonly Movable[]) => Transferred<T>;
}

/** A result of which some parts are moved. */
export interface Transferred<T> {
  readonly value: T;
  readonly list: readonly Movable[];
}

/**
 * What a worker file of function style exports (`module.exports` or `export default`): it is called for each
 * task of `WorkerPool<In, Out>`. What it throws or rejects with is what the task rejects with.
 */
export type WorkerFunction<In, Out> = (
  data: In,
  context: WorkerContext,
) => Out | Transferred<Out> | PromiseLike<Out | Transferred<Out>>;

/** How a task is run. */
export interface RunOptions {
  /**
   * Aborts the task: its promise rejects at once with an `AbortError` (`code: 'ABORT_ERR'`,
   * `cause: signal.reason`), whatever its thread does. A queued task leaves the queue; a running one of a native
   * worker stops within milliseconds, and its thread goes on to the next. The thread of a worker file is ended
   * and replaced, unless its task ends by itself within {@link WorkerPoolOptions.abortTimeout}. Until then its
   * worker is stopping, see {@link Stats.stopping}.
   */
  readonly signal?: AbortSignal | null | undefined;
  /**
   * How long the task may run, in milliseconds from its start; 0 is no time at all. It rejects when the time is up,
   * whatever its thread does. A native task stops then while the event loop is blocked, too.
   * @default Infinity
   */
  readonly timeout?: number | null | undefined;
  /**
   * How long the task may wait for a worker, and for a worker file to be loaded, in milliseconds from the call of
   * `run`.
   * @default Infinity
   */
  readonly queueTimeout?: number | null | undefined;
  /**
   * A safe integer. Of the tasks that wait, those of a higher priority start first, and in the order of
   * the calls among their like.
   * @default 0
   */
  readonly priority?: number | null | undefined;
  /** For worker files: what of the data is moved to the worker when the task starts, instead of copied. */
  readonly transfer?: readonly Movable[] | null | undefined;
  /**
   * For worker files: called with each value that the worker reports while it runs the task, in order and
   * before the result. What it throws is an uncaught exception.
   */
  readonly onProgress?: ((value: unknown) => void) | null | undefined;
}

/** How far `map` or `stream` has come. */
export interface Progress {
  /** Tasks that have a result. */
  done: number;
  /** All tasks; undefined if `items` has no length. */
  total: number | undefined;
}

/** How items are mapped. The limits and the priority are those of each task. */
export interface MapOptions extends Pick<RunOptions, 'timeout' | 'queueTimeout' | 'priority'> {
  /** Stops the mapping; the promise rejects with an `AbortError`. */
  readonly signal?: AbortSignal | null | undefined;
  /** Called after each task. What it throws stops the mapping. */
  readonly onProgress?: ((progress: Progress) => void) | null | undefined;
}

/** How results are streamed. The limits and the priority are those of each task. */
export interface StreamOptions extends Pick<RunOptions, 'timeout' | 'queueTimeout' | 'priority'> {
  /** Stops the stream; the next result rejects with an `AbortError`. */
  readonly signal?: AbortSignal | null | undefined;
  /** Called when a task has a result, whether or not that was taken. What it throws stops the stream. */
  readonly onProgress?: ((progress: Progress) => void) | null | undefined;
  /**
   * Whether results come in the order of the items, else as they are there.
   * @default true
   */
  readonly ordered?: boolean | null | undefined;
}

/** How a pool is closed. */
export interface CloseOptions {
  /**
   * Gives up what is queued and running: it rejects with `ERR_POOL_CLOSED`.
   * @default false
   */
  readonly force?: boolean | null | undefined;
  /**
   * After how many milliseconds a graceful close is forced.
   * @default Infinity
   */
  readonly timeout?: number | null | undefined;
}

/** What is known about many durations, in milliseconds; all 0 when there have been none. */
export interface Times {
  mean: number;
  p50: number;
  p90: number;
  p99: number;
  max: number;
}

/**
 * What has become of a pool's tasks. At every moment
 * `submitted = completed + failed + aborted + timedOut + queued + running`.
 */
export interface Stats {
  /** Number of workers. */
  size: number;
  /** Workers without a task. */
  idle: number;
  /** Tasks that run. */
  running: number;
  /**
   * Workers whose task has settled, since it was aborted, ran for too long or was given up, and that have not stopped
   * yet. Until the pool is closed `size = idle + running + stopping`, but for seats whose threads cannot be started.
   */
  stopping: number;
  /** Tasks that wait for a worker. */
  queued: number;
  /** Tasks that were admitted. */
  submitted: number;
  /** Tasks with a result. */
  completed: number;
  /** Tasks that failed, or whose worker died. */
  failed: number;
  /** Tasks that were aborted by their signal or given up by a forced close. */
  aborted: number;
  /** Tasks that ran or waited for too long. */
  timedOut: number;
  /** Tasks that were not admitted, because the queue was full or the pool closed. */
  refused: number;
  /** Workers that died. */
  crashes: number;
  /** From `run` to the start, of every task that was started. Quantiles are right to 1 percent. */
  waitTime: Times;
  /** From start to end, of every task that was started and has ended. */
  runTime: Times;
  /** How much of their time the workers have spent on tasks: 0 to 1. */
  utilization: number;
}

/** The codes of the errors that the package throws, and a pool rejects with or emits. They never change. */
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

/** The events of a pool and what their listeners are given. */
export interface WorkerPoolEvents {
  /**
   * A worker died. If it was under a task, that was rejected with the same error; it is replaced. Of a worker file
   * this is whatever was thrown, which need not be an error. Or a thread that tasks need could not be started
   * (`ERR_WORKER_INIT_FAILED`): the pool goes on with those it has, and tries again when a task needs one.
   */
  // biome-ignore lint/suspicious/noExplicitAny: anything can be thrown
  crash: [error: any];
  /** There is room in the queue, after a task was refused for want of it. */
  drain: [];
}

/**
 * A fixed number of workers that run tasks one at a time each, and the queue they share.
 *
 * `WorkerPool<'native:fib'>` knows what the built-in worker takes and answers; `WorkerPool<In, Out>`
 * is for worker files.
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

  /** Tasks that wait for a worker. */
  readonly queue: { readonly length: number };

  /** All workers; none once the pool is closed. */
  readonly all: { readonly size: number };

  /**
   * Runs a task on the first worker that is free: at once if there is one (in a worker file, once that has been
   * loaded), even when the event loop is blocked afterwards, else in the order of the calls.
   *
   * Never throws. A built-in worker reads `data` before `run` returns, and changing it later changes nothing;
   * for a worker file it is cloned when the task starts.
   *
   * @param data What the worker is given.
   * @param options How it is run.
   * @returns A promise of what the worker answers. It rejects with
   *   - `ERR_POOL_QUEUE_FULL` when every worker is busy and `maxQueue` tasks wait,
   *   - `ERR_POOL_CLOSED` after `close()`, or when the pool is closed by force before the task has ended,
   *   - `ABORT_ERR` (AbortError) when `signal` aborts,
   *   - `ERR_POOL_TIMEOUT` and `ERR_POOL_QUEUE_TIMEOUT` when a time limit is exceeded,
   *   - `ERR_INVALID_ARG_TYPE`, `ERR_INVALID_ARG_VALUE` (TypeError) or `ERR_OUT_OF_RANGE` (RangeError) for a
   *     bad option, which the message names,
   *   - `ERR_INVALID_ARG_VALUE` (TypeError, `Invalid n: …`) for data that `native:fib` does not take,
   *     and `ERR_OUT_OF_RANGE` (RangeError) for n above 78,
   *   - what the function of a worker file throws or rejects with, or what its thread died of; data and results of
   *     a worker file that cannot be cloned with Node's own `DataCloneError`,
   *   - `ERR_POOL_CRASH` when the worker died under the task without an error of its own.
   */
  run(data: InputOf<In>, options?: RunOptions | null): Promise<ResultOf<In, Out>>;

  /**
   * Runs a task for each item, a bounded number at a time: items are taken as workers become free.
   *
   * @returns A promise of the results in the order of the items. It rejects with the first error, be it of
   *   a task, of the source, of `onProgress` or of `signal`; the tasks in flight are aborted then.
   */
  map(
    items: Iterable<InputOf<In> | PromiseLike<InputOf<In>>> | AsyncIterable<InputOf<In>>,
    options?: MapOptions | null,
  ): Promise<ResultOf<In, Out>[]>;

  /**
   * Runs a task for each item and gives the results as they are taken: items are taken from the source
   * only as results are, a bounded number ahead. Starts with the first `next()`.
   *
   * @returns An iterator that ends at the first error, or when it is left; the tasks in flight are aborted
   *   then.
   * @throws TypeError or RangeError for items that are not iterable or a bad option.
   */
  stream(
    items: Iterable<InputOf<In> | PromiseLike<InputOf<In>>> | AsyncIterable<InputOf<In>>,
    options?: StreamOptions | null,
  ): AsyncIterableIterator<ResultOf<In, Out>> & AsyncDisposable;

  /**
   * Resolves when a task would be admitted, at once if so. Who then calls `run` without waiting for
   * anything else is not refused, however many wait for the same; only a `run` without `ready` may take the room. Rejects with `ERR_POOL_CLOSED` when
   * the pool closes.
   */
  ready(): Promise<void>;

  /** What has become of the tasks so far, and how busy the workers have been. */
  stats(): Stats;

  /**
   * Admits no more tasks, waits for those that are queued and running, and ends the workers. A later call
   * may still force a graceful close.
   *
   * @returns A promise that resolves when the worker threads are gone; after a forced close at the latest in five
   *   seconds, since native code that never returns can be ended by nobody. Every call returns the same one,
   *   but for one with bad options, which rejects.
   */
  close(options?: CloseOptions | null): Promise<void>;

  /** Closes gracefully at the end of an `await using` block. */
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * How the class is called; see {@link WorkerPool}. A subclass says which of these it extends:
 * `class Mine extends WorkerPool<'native:fib'>` or `extends WorkerPool<In, Out>`.
 */
export interface WorkerPoolConstructor {
  /**
   * A pool of a built-in worker.
   *
   * @param size Number of workers, 1 to 1024.
   * @param worker Name of the built-in worker.
   * @throws RangeError `ERR_OUT_OF_RANGE` (`Invalid pool size: …`, or naming the option), TypeError
   *   `ERR_INVALID_ARG_TYPE` or `ERR_INVALID_ARG_VALUE` naming the argument, Error
   *   `ERR_POOL_WORKER_NOT_FOUND` when there is no such worker, Error `ERR_WORKER_INIT_FAILED` when the
   *   threads cannot be started.
   */
  new <Name extends keyof BuiltInWorkers = 'native:fib'>(
    size: number,
    worker?: Name | null | undefined,
    options?: WorkerPoolOptions | null,
  ): WorkerPool<Name>;

  /**
   * A pool of a worker file, run on threads of `worker_threads`; or by a built-in worker if its directive
   * prologue holds `'use native:NAME'`.
   *
   * @param size Number of workers, 1 to 1024.
   * @param worker Path or `file:` URL of the worker file.
   * @throws As for a built-in worker; and what `Worker` throws for its options.
   */
  // biome-ignore lint/suspicious/noExplicitAny: what a worker file takes and answers is not known here
  new (size: number, worker: string | URL | null | undefined, options?: WorkerPoolOptions | null): WorkerPool<any, any>;

  /** The same, for a worker file that takes `In` and answers `Out`. */
  new <In, Out = unknown>(size: number, worker: string | URL, options?: WorkerPoolOptions | null): WorkerPool<In, Out>;

  readonly prototype: WorkerPool<unknown, unknown>;
}

export declare const WorkerPool: WorkerPoolConstructor;
