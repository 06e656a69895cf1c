// The types of the named exports of a worker file. Compiled, not run: each line that should not compile says so.

import { expectTypeOf } from 'expect-type';
import { WorkerPool } from 'native-worker-pool';

const pool = new WorkerPool<typeof import('./tasks.mjs')>(2, new URL('tasks.mjs', import.meta.url));

// Without a name, the default export.
expectTypeOf(pool.run('text')).toEqualTypeOf<Promise<number>>();
expectTypeOf(pool.run('text', { name: 'default' })).toEqualTypeOf<Promise<number>>();
expectTypeOf(pool.run(5, { name: 'double', timeout: 5 })).toEqualTypeOf<Promise<number>>();
// Results are awaited, and what is moved is no wrapper here.
expectTypeOf(pool.run('text', { name: 'upper' })).toEqualTypeOf<Promise<string>>();
expectTypeOf(pool.run(new Uint8Array(8), { name: 'moved' })).toEqualTypeOf<Promise<Uint8Array>>();
expectTypeOf(pool.run(undefined, { name: 'ping' })).toEqualTypeOf<Promise<'pong'>>();
pool.run('text', { name: 'upper', onProgress: (value) => expectTypeOf(value).toBeUnknown() });
// @ts-expect-error the data of another function
pool.run('text', { name: 'double' });
// @ts-expect-error no such export
pool.run(5, { name: 'duoble' });
// @ts-expect-error called by the pool, no task
pool.run(undefined, { name: 'teardown' });
// @ts-expect-error no function
pool.run(5, { name: 'limit' });
// @ts-expect-error the data of the default export
pool.run(5);

expectTypeOf(pool.map([1, 2], { name: 'double' })).toEqualTypeOf<Promise<number[]>>();
expectTypeOf(pool.map(['a'])).toEqualTypeOf<Promise<number[]>>();
for await (const result of pool.stream(['a'], { name: 'upper' })) expectTypeOf(result).toEqualTypeOf<string>();
// @ts-expect-error the data of another function
pool.map(['a'], { name: 'double' });

const { double, upper, ping } = pool.proxy();
expectTypeOf(double(5, { priority: 1 })).toEqualTypeOf<Promise<number>>();
expectTypeOf(upper('text')).toEqualTypeOf<Promise<string>>();
expectTypeOf(ping()).toEqualTypeOf<Promise<'pong'>>();
// @ts-expect-error the data of another function
double('text');
// @ts-expect-error no such export
pool.proxy().half;

// Without a default export, a name is required.
type Functions = { double(n: number): number };
const named = new WorkerPool<Functions>(2, './worker.js');
expectTypeOf(named.run(5, { name: 'double' })).toEqualTypeOf<Promise<number>>();
// @ts-expect-error the name is missing
named.run(5);

// With an input and a result, any name.
const typed = new WorkerPool<{ text: string }, number>(2, './worker.js');
expectTypeOf(typed.run({ text: 'a' }, { name: 'any' })).toEqualTypeOf<Promise<number>>();
expectTypeOf(typed.map([{ text: 'a' }], { name: 'any' })).toEqualTypeOf<Promise<number[]>>();
// @ts-expect-error not what the worker takes
typed.run({ text: 'a', more: 1 });
// An input with methods is data.
expectTypeOf(new WorkerPool<Uint8Array>(2, './worker.js').run(Buffer.from(''))).toEqualTypeOf<Promise<unknown>>();
expectTypeOf(new WorkerPool<Map<string, number>, 5>(2, './worker.js').run(new Map())).toEqualTypeOf<Promise<5>>();
class Point {
  x = 1;
  norm() {
    return this.x;
  }
}
expectTypeOf(new WorkerPool<Point, number>(2, './worker.js').run(new Point())).toEqualTypeOf<Promise<number>>();
// Without types, anything.
const untyped = new WorkerPool(2, './worker.js');
// biome-ignore lint/suspicious/noExplicitAny: the type under test
expectTypeOf(untyped.run(5, { name: 'double' })).toEqualTypeOf<Promise<any>>();
untyped.proxy().double?.(5);
// @ts-expect-error a name is a string
untyped.run(5, { name: 5 });
