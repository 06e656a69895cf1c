/// <reference types="node" />

import type { EventEmitter } from 'node:events';

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

/** How a pool is made. */
export interface WorkerPoolOptions {
  /**
   * How many tasks may wait while every worker is busy: a non-negative integer, or `Infinity` for no
   * limit. A task beyond that is refused.
   * @default Infinity
   */
  readonly maxQueue?: number | undefined;
}

/** The codes of the errors that a pool throws, rejects with or emits. They never change. */
export type WorkerPoolErrorCode =
  | 'ERR_POOL_QUEUE_FULL'
  | 'ERR_POOL_CLOSED'
  | 'ERR_POOL_CRASH'
  | 'ERR_POOL_WORKER_NOT_FOUND'
  | 'ERR_INVALID_ARG_TYPE'
  | 'ERR_INVALID_ARG_VALUE'
  | 'ERR_OUT_OF_RANGE'
  | 'ERR_WORKER_INIT_FAILED';

/** An error that a pool throws, rejects with or emits. */
export interface WorkerPoolError extends Error {
  code: WorkerPoolErrorCode;
}

/** The events of a pool and what their listeners are given. */
export interface WorkerPoolEvents {
  /** A worker died under a task. Its task was rejected with the same error, and it has been replaced. */
  crash: [error: WorkerPoolError];
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
   * Runs a task on the first worker that is free: at once if there is one, even when the event loop is
   * blocked afterwards, else in the order of the calls.
   *
   * Never throws. `data` is read before `run` returns; changing it later changes nothing.
   *
   * @param data What the worker is given.
   * @returns A promise of what the worker answers. It rejects with
   *   - `ERR_POOL_QUEUE_FULL` when every worker is busy and `maxQueue` tasks wait,
   *   - `ERR_POOL_CLOSED` after `close()`,
   *   - `ERR_INVALID_ARG_VALUE` (TypeError, `Invalid n: …`) for data that `native:fib` does not take,
   *     and `ERR_OUT_OF_RANGE` (RangeError) for n above 78,
   *   - `ERR_POOL_CRASH` when the worker died under the task.
   */
  run(data: InputOf<In>): Promise<ResultOf<In, Out>>;

  /**
   * Admits no more tasks, waits for those that are queued and running, and ends the workers.
   *
   * @returns A promise that resolves when the worker threads are gone. Every call returns the same one.
   */
  close(): Promise<void>;
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
    options?: WorkerPoolOptions,
  ): WorkerPool<Name>;

  /**
   * A pool of a worker file whose directive prologue holds `'use native:NAME'`: that built-in worker
   * runs the tasks.
   *
   * @param size Number of workers, 1 to 1024.
   * @param worker Path or `file:` URL of the worker file.
   * @throws As for a built-in worker.
   */
  // biome-ignore lint/suspicious/noExplicitAny: what a worker file takes and answers is not known here
  new (size: number, worker: string | URL | null | undefined, options?: WorkerPoolOptions): WorkerPool<any, any>;

  /** The same, for a worker file that takes `In` and answers `Out`. */
  new <In, Out>(size: number, worker: string | URL, options?: WorkerPoolOptions): WorkerPool<In, Out>;

  readonly prototype: WorkerPool<unknown, unknown>;
}

export declare const WorkerPool: WorkerPoolConstructor;
