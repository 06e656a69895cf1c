// Compiled, not run: each line that should not compile says so.

import type { Readable } from 'node:stream';
import { expectTypeOf } from 'expect-type';
import {
  type FibResult,
  type Progress,
  type RunOptions,
  type Stats,
  type Times,
  type WorkerContext,
  type WorkerFunction,
  type WorkerIdentity,
  WorkerPool,
} from 'native-worker-pool';

// The name tells what goes in and what comes out.
const fib = new WorkerPool(2, 'native:fib', { maxQueue: 100 });
expectTypeOf(fib).toEqualTypeOf<WorkerPool<'native:fib'>>();
expectTypeOf(new WorkerPool(2)).toEqualTypeOf<WorkerPool<'native:fib'>>();
expectTypeOf(new WorkerPool(2, null)).toEqualTypeOf<WorkerPool<'native:fib'>>();
expectTypeOf(new WorkerPool(2, undefined, {})).toEqualTypeOf<WorkerPool<'native:fib'>>();
expectTypeOf(fib.run(10)).toEqualTypeOf<Promise<FibResult>>();
expectTypeOf(fib.run({ n: 10 })).toEqualTypeOf<Promise<FibResult>>();
expectTypeOf(fib.run({ n: '10' })).toEqualTypeOf<Promise<FibResult>>();
// @ts-expect-error a string is no n
fib.run('10');
// @ts-expect-error n is missing
fib.run({ m: 10 });
// @ts-expect-error data is missing
fib.run();

// A worker file takes and answers what its user says.
const typed = new WorkerPool<{ text: string }, number>(2, new URL('file:///worker.js'));
expectTypeOf(typed.run({ text: 'a' })).toEqualTypeOf<Promise<number>>();
// @ts-expect-error not what the worker takes
typed.run({ text: 1 });
// As the document's code does it, without types.
// biome-ignore lint/suspicious/noExplicitAny: the type under test
expectTypeOf(new WorkerPool(4, '/path/to/worker.js').run({ n: 10 })).toEqualTypeOf<Promise<any>>();

// What a worker file exports.
const half: WorkerFunction<number, string> = (n, { progress }) => {
  progress(n);
  return String(n / 2);
};
expectTypeOf(half).parameter(1).toEqualTypeOf<WorkerContext>();
const later: WorkerFunction<Uint8Array, Uint8Array> = async (bytes, { signal, transfer }) => {
  signal.throwIfAborted();
  return transfer(bytes, [bytes.buffer as ArrayBuffer]);
};
expectTypeOf(later).parameter(0).toEqualTypeOf<Uint8Array>();
// @ts-expect-error it answers something else
const wrong: WorkerFunction<number, string> = (n) => n;
expectTypeOf(wrong).not.toBeAny();

// How the threads of a worker file are made, and its tasks run.
new WorkerPool<number, number>(2, './worker.mjs', {
  abortTimeout: 100,
  workerOptions: { env: { A: 'b' }, execArgv: ['--import', 'tsx'], resourceLimits: { maxOldGenerationSizeMb: 64 } },
});
// @ts-expect-error a worker file is no source
new WorkerPool(2, './worker.mjs', { workerOptions: { eval: true } });
// @ts-expect-error a number of milliseconds
new WorkerPool(2, './worker.mjs', { abortTimeout: '5' });
typed.run({ text: 'a' }, { transfer: [new ArrayBuffer(8)], onProgress: (value) => expectTypeOf(value).toBeUnknown() });
// @ts-expect-error nothing that can be moved
typed.run({ text: 'a' }, { transfer: [5] });

// How a task is run.
const { signal } = new AbortController();
expectTypeOf(fib.run(10, { signal, timeout: 5, queueTimeout: 5, priority: -1 })).toEqualTypeOf<Promise<FibResult>>();
fib.run(10, { signal: undefined, timeout: Infinity });
// @ts-expect-error a limit is a number
fib.run(10, { timeout: '5' });
// @ts-expect-error the controller is no signal
fib.run(10, { signal: new AbortController() });
// @ts-expect-error no such option
fib.run(10, { timeOut: 5 });

// Many tasks.
async function* source() {
  yield 10;
}
expectTypeOf(fib.map([10, { n: 10 }])).toEqualTypeOf<Promise<FibResult[]>>();
expectTypeOf(fib.map(new Set([10]), { signal })).toEqualTypeOf<Promise<FibResult[]>>();
expectTypeOf(fib.map(source())).toEqualTypeOf<Promise<FibResult[]>>();
fib.map([Promise.resolve(10)], {
  onProgress: (progress) => {
    expectTypeOf(progress).toEqualTypeOf<Progress>();
    expectTypeOf(progress.total).toEqualTypeOf<number | undefined>();
  },
});
// @ts-expect-error not what the worker takes
fib.map(['10']);
// @ts-expect-error no iterable
fib.map(10);
for await (const result of fib.stream(source(), { ordered: false, signal })) {
  expectTypeOf(result).toEqualTypeOf<FibResult>();
}
expectTypeOf(typed.map([{ text: 'a' }])).toEqualTypeOf<Promise<number[]>>();
fib.stream([10], {
  timeout: 5,
  queueTimeout: null,
  priority: 1,
  onProgress: (progress) => expectTypeOf(progress).toEqualTypeOf<Progress>(),
});
fib.map([10], { timeout: 5, queueTimeout: 5, priority: null });
// @ts-expect-error what is moved belongs to one task
fib.map([10], { transfer: [] });
// @ts-expect-error no such option
fib.stream([10], { transfer: [] });
expectTypeOf(fib.stats().stopping).toBeNumber();
new WorkerPool(1, null, { maxQueue: null });
new WorkerPool(1, null, null);
fib.run(10, null);
fib.map([10], null);
fib.stream([10], null);
fib.close(null);

expectTypeOf(fib.ready()).toEqualTypeOf<Promise<void>>();
expectTypeOf(fib.stats()).toEqualTypeOf<Stats>();
expectTypeOf(fib.stats().waitTime).toEqualTypeOf<Times>();

// The number of threads follows the load, and the size can be changed.
new WorkerPool(4, null, { minSize: 0, idleTimeout: Number.POSITIVE_INFINITY });
new WorkerPool(4, './worker.js', { minSize: null, recycle: { tasks: 100, memory: null } });
// @ts-expect-error a number of tasks
new WorkerPool(4, './worker.js', { recycle: 100 });
expectTypeOf(fib.resize(3)).toEqualTypeOf<void>();
expectTypeOf(fib.stats().threads).toBeNumber();

// The threads of worker files.
const files = new WorkerPool<number, number>(4, './worker.js', { workerOptions: { stdout: true } });
expectTypeOf(files.stdout).toEqualTypeOf<Readable | null>();
expectTypeOf(files.broadcast({ rate: 1 })).toEqualTypeOf<void>();
files.on('workerCreate', (worker) => expectTypeOf(worker).toEqualTypeOf<WorkerIdentity>());
files.on('workerExit', ({ threadId, exitCode }) => expectTypeOf(threadId + exitCode).toBeNumber());
files.on('message', (value, { workerId }) => expectTypeOf([value, workerId]).toBeArray());
export const identified: WorkerFunction<number, number> = (_n, { workerId }) => workerId;

// Fields are there to read.
expectTypeOf(fib.size).toEqualTypeOf<number>();
expectTypeOf(fib.workerFile).toEqualTypeOf<string>();
expectTypeOf(fib.maxQueue).toEqualTypeOf<number>();
expectTypeOf(fib.idle.length).toEqualTypeOf<number>();
expectTypeOf(fib.queue.length).toEqualTypeOf<number>();
expectTypeOf(fib.all.size).toEqualTypeOf<number>();
// @ts-expect-error read-only
fib.size = 3;
// @ts-expect-error read-only
fib.idle.length = 0;

expectTypeOf(fib.close()).toEqualTypeOf<Promise<void>>();
expectTypeOf(fib.close({ force: true, timeout: 5 })).toEqualTypeOf<Promise<void>>();
fib.close({ drop: true });
// @ts-expect-error either or
fib.close({ force: 'yes' });
fib.on('drain', () => {});
// @ts-expect-error it comes with nothing
fib.on('drain', (room: number) => room);
async function scope() {
  await using pool = new WorkerPool(1);
  await using stream = pool.stream([1]);
  return stream.next();
}
scope();
fib.on('crash', (error) => {
  expectTypeOf(error).toBeAny(); // whatever was thrown
});
// @ts-expect-error no such event
fib.on('crashed', () => {});

// @ts-expect-error size is missing
new WorkerPool();
// @ts-expect-error a size is a number
new WorkerPool('4');
// @ts-expect-error no such type of worker
new WorkerPool(4, 42);
// @ts-expect-error a limit is a number
new WorkerPool(4, null, { maxQueue: '100' });
// @ts-expect-error no such option
new WorkerPool(4, null, { maxQueues: 100 });
// @ts-expect-error a class is called with new
WorkerPool(4);

// A function that accepts any pool, and options that are made apart.
// biome-ignore lint/suspicious/noExplicitAny: the type under test
declare function accept(pool: WorkerPool<any, any>): void;
accept(fib);
accept(typed);
accept(new WorkerPool(2, 'native'));
accept(new WorkerPool(2, { checksum: 'native:hash' }));
declare function resultOf<In, Out>(pool: WorkerPool<In, Out>): Out;
expectTypeOf(resultOf(typed)).toBeNumber();
const options: RunOptions = { timeout: 5 };
fib.run(10, options);
new WorkerPool(2, 'native').run(10, { ...options, name: 'fib' });

// A subclass names its worker.
class Named extends WorkerPool<'native:fib'> {
  name = 'named';
}
expectTypeOf(new Named(1).run(1)).toEqualTypeOf<Promise<FibResult>>();
// What a worker file answers need not be said.
expectTypeOf(new WorkerPool<string>(1, './worker.js').run('in')).toEqualTypeOf<Promise<unknown>>();
// The memory of a typed array can be moved.
declare const image: Uint8Array;
new WorkerPool(1, './worker.js').run(image, { transfer: [image.buffer] });
// A worker that may or may not be given.
new WorkerPool(2, process.env.WORKER);
