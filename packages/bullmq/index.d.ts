import type { Job } from 'bullmq';
import type { Redis, RedisOptions } from 'ioredis';
import type { WorkerPool } from 'native-worker-pool';

/** Options of {@link processor}. */
export interface ProcessorOptions {
  /**
   * The longest time that a task may run, in milliseconds; then it rejects with `ERR_POOL_TIMEOUT`.
   * @default Infinity
   */
  readonly timeout?: number | null | undefined;
  /**
   * The longest time that a task may wait for a thread of the pool, in milliseconds. The time before, in Redis, does
   * not count.
   * @default Infinity
   */
  readonly queueTimeout?: number | null | undefined;
  /**
   * The largest result, in bytes of JSON. At most 256 MiB.
   * @default 64 MiB
   */
  readonly maxPayload?: number | null | undefined;
  /**
   * Whether BullMQ must not retry a job that failed with this error.
   * @default errors of bad data (`ERR_INVALID_ARG_TYPE`, `ERR_INVALID_ARG_VALUE`, `ERR_OUT_OF_RANGE`,
   *   `ERR_INVALID_DATA`, `ERR_BUFFER_TOO_LARGE`, `ERR_POOL_TASK_NOT_FOUND`), `DataCloneError`, `UnrecoverableError`
   */
  // biome-ignore lint/suspicious/noExplicitAny: anything can be thrown
  readonly isFinal?: ((error: any) => boolean) | null | undefined;
  /** Checks the data of a task, which is untrusted, and returns the data to run the task with. It may be async. */
  readonly prepare?: ((data: unknown, name: string | undefined) => unknown) | null | undefined;
}

/**
 * A processor for BullMQ's `Worker`: runs each job as a task of the pool.
 *
 * The name of the job selects the task; if the pool has no such task, the default runs. Values that the task reports
 * become the progress of the job. A job that is cancelled, that loses its lock, or whose worker is closed by force,
 * aborts its task. Jobs of a {@link RemotePool} are recognized, and their outcomes are sent to it.
 *
 * The processor rejects with the error of the task. An error that BullMQ must not retry becomes an
 * `UnrecoverableError` with the same message and `code`, and the error as its `cause`.
 *
 * @throws TypeError or RangeError that names the wrong argument or option.
 */
export declare function processor(
  // biome-ignore lint/suspicious/noExplicitAny: any pool
  pool: WorkerPool<any, any>,
  options?: ProcessorOptions | null,
): (job: Job, token: string | undefined, signal: AbortSignal | undefined) => Promise<unknown>;

/**
 * Returns JSON for the data of a job, from a value that may contain bytes, dates, bigints, maps, sets, `undefined`, NaN
 * and errors. {@link processor} passes the value to the task. A value that JSON can hold is returned as it is.
 *
 * @throws TypeError `ERR_INVALID_ARG_VALUE` for a value that cannot travel, such as a function or an object of a class.
 */
export declare function encode(value: unknown): unknown;

/**
 * Returns the value of a job's `returnvalue`, or of what {@link encode} has returned.
 *
 * @throws Error `ERR_INVALID_DATA` for what neither has written.
 */
export declare function decode(stored: unknown): unknown;

/** Options of {@link RemotePool}. */
export interface RemotePoolOptions {
  /**
   * How to connect to Redis: options of ioredis, with `url` if you have one, or a client, whose options are copied. The
   * pool opens two connections of its own at the first task.
   * @default 127.0.0.1:6379
   */
  readonly connection?: (RedisOptions & { url?: string }) | Redis | null | undefined;
  /**
   * The prefix of BullMQ's keys.
   * @default 'bull'
   */
  readonly prefix?: string | null | undefined;
  /**
   * The number of tasks that are handed to Redis and have not ended. Further tasks wait in the process.
   * @default 1000
   */
  readonly maxInFlight?: number | null | undefined;
  /**
   * The number of tasks that may wait in the process. `run` refuses further ones with `ERR_POOL_QUEUE_FULL`.
   * @default Infinity
   */
  readonly maxQueue?: number | null | undefined;
  /**
   * The largest data and the largest result of a task, in bytes of JSON. At most 256 MiB.
   * @default 1 MiB
   */
  readonly maxPayload?: number | null | undefined;
  /**
   * How long a result that nobody reads stays in Redis, in milliseconds.
   * @default 1 hour
   */
  readonly resultTTL?: number | null | undefined;
}

/** Options of `run`. */
export interface RemoteRunOptions extends RemoteTaskOptions {
  /**
   * Called with each value that the task reports, in order and before the promise settles. Values are lost while a
   * connection to Redis is lost.
   */
  // biome-ignore lint/suspicious/noExplicitAny: whatever the task reports
  readonly onProgress?: ((value: any) => void) | null | undefined;
}

/** Options that `run`, `map` and `stream` share. */
export interface RemoteTaskOptions {
  /** The task: the name of an export of the worker file, or of a native task. */
  readonly name?: string | null | undefined;
  /**
   * Aborts the task: its promise rejects at once with an `AbortError`. If it waits, it is removed; if it runs, its
   * server stops it within a second.
   */
  readonly signal?: AbortSignal | null | undefined;
  /**
   * The longest time that the task may run, in milliseconds, counted by its server.
   * @default Infinity
   */
  readonly timeout?: number | null | undefined;
  /**
   * The longest time until a server starts the task, in milliseconds from `run`.
   * @default Infinity
   */
  readonly queueTimeout?: number | null | undefined;
  /**
   * A safe integer; higher ones start first. In Redis, those beyond ±1,048,575 count as that.
   * @default 0
   */
  readonly priority?: number | null | undefined;
}

/** The progress of `map` and `stream`. */
export interface RemoteProgress {
  /** Tasks with a result. */
  done: number;
  /** All tasks; undefined if `items` has no `length`. */
  total: number | undefined;
}

/** Options of `map`. */
export interface RemoteMapOptions extends RemoteTaskOptions {
  readonly onProgress?: ((progress: RemoteProgress) => void) | null | undefined;
}

/** Options of `stream`. */
export interface RemoteStreamOptions extends RemoteMapOptions {
  /**
   * Whether to yield results in the order of the items instead of as they arrive.
   * @default true
   */
  readonly ordered?: boolean | null | undefined;
}

/** Options of `close`. */
export interface RemoteCloseOptions {
  /**
   * Rejects all tasks with `ERR_POOL_CLOSED`, and removes or stops them, instead of waiting.
   * @default false
   */
  readonly force?: boolean | null | undefined;
  /**
   * How long the close stays graceful before it is forced, in milliseconds.
   * @default Infinity
   */
  readonly timeout?: number | null | undefined;
}

/** Counts. At every moment, `submitted = completed + failed + aborted + timedOut + queued + running`. */
export interface RemoteStats {
  /** Tasks that wait in the process. */
  queued: number;
  /** Tasks that were handed to Redis: they wait there or run. */
  running: number;
  /** Admitted tasks. */
  submitted: number;
  completed: number;
  failed: number;
  /** Tasks that their signal or a forced close has ended. */
  aborted: number;
  timedOut: number;
  /** Tasks that were not admitted. */
  refused: number;
}

/**
 * A pool whose workers are the servers of a queue of BullMQ: `native-worker-pool-serve`, or a `Worker` with
 * {@link processor}.
 *
 * A task runs at least once: again, if its server dies. Its promise settles once. Data and results arrive identical or
 * are refused: JSON, `undefined`, NaN, -0, bigints, dates, bytes, maps, sets and errors.
 */
// biome-ignore lint/suspicious/noExplicitAny: the types of the tasks are not known here
export declare class RemotePool<In = any, Out = any> {
  /**
   * @param queue The name of a queue of BullMQ. Nothing else should use it.
   * @throws TypeError or RangeError that names the wrong argument or option, `ERR_POOL_UNREACHABLE` without ioredis.
   */
  constructor(queue: string, options?: RemotePoolOptions | null);

  readonly queueName: string;
  readonly maxInFlight: number;
  readonly maxQueue: number;

  /**
   * Runs a task on one of the servers. Never throws.
   *
   * @returns A promise of the result. It rejects with the error of the task, and with
   *   - `ERR_POOL_QUEUE_FULL` when `maxInFlight` tasks are in Redis and `maxQueue` tasks wait,
   *   - `ERR_POOL_CLOSED` after `close()`, or when the pool is closed by force before the task has ended,
   *   - `ABORT_ERR` (AbortError) when `signal` aborts,
   *   - `ERR_POOL_TIMEOUT` and `ERR_POOL_QUEUE_TIMEOUT` when a time limit is exceeded,
   *   - `ERR_POOL_UNREACHABLE` when Redis was not reached within 10 s of the first task. Later outages are waited out,
   *   - `ERR_POOL_CRASH` when the thread of the task died, or two servers died while they ran it,
   *   - `ERR_BUFFER_TOO_LARGE` (RangeError) when data or result are larger than `maxPayload`,
   *   - `ERR_INVALID_ARG_TYPE`, `ERR_INVALID_ARG_VALUE` (TypeError) or `ERR_OUT_OF_RANGE` (RangeError) for a bad option
   *     or a value that cannot travel,
   *   - an error of Redis (`ReplyError`), such as `OOM` when it is full.
   */
  run(data?: In, options?: RemoteRunOptions | null): Promise<Out>;

  /** Runs a task for each item, at most `maxInFlight` at once. Rejects with the first error, which aborts the rest. */
  map(items: Iterable<In | PromiseLike<In>> | AsyncIterable<In>, options?: RemoteMapOptions | null): Promise<Out[]>;

  /** Runs a task for each item and yields the results. Pulls items at most `maxInFlight` ahead of the consumer. */
  stream(
    items: Iterable<In | PromiseLike<In>> | AsyncIterable<In>,
    options?: RemoteStreamOptions | null,
  ): AsyncGenerator<Out, void, void>;

  /**
   * Resolves when `run` would admit a task. Call `run` right after awaiting it. Rejects with `ERR_POOL_CLOSED` when the
   * pool closes.
   */
  ready(): Promise<void>;

  stats(): RemoteStats;

  /**
   * Admits no more tasks, waits for all, removes what is left of them in Redis, and closes the connections. The servers
   * keep running. A later call can force a close that began gracefully; a forced close ends within 5 seconds.
   */
  close(options?: RemoteCloseOptions | null): Promise<void>;

  /** Closes the pool gracefully at the end of an `await using` block. */
  [Symbol.asyncDispose](): Promise<void>;
}
