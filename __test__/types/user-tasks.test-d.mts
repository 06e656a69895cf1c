// The types of native tasks of addons. Compiled, not run: each line that should not compile says so.

import { expectTypeOf } from 'expect-type';
import { type NativeTask, type TaskProgress, type TaskTable, WorkerPool } from 'native-worker-pool';

interface BlurInput {
  data: Uint8Array;
  radius: number;
  edges?: 'wrap' | 'clamp';
}

declare const blur: NativeTask<BlurInput, Buffer>;
declare const half: NativeTask<number, number>;
declare const ping: NativeTask<undefined, string>;
declare const sum: NativeTask<readonly number[], number>;
declare const bytes: NativeTask<Uint8Array | ArrayBuffer, Uint8Array>;
declare const anything: NativeTask<unknown, unknown>;

const data = new Uint8Array(1);

// One task: its type has the input and the result.
const pool = new WorkerPool(2, blur, { maxQueueBytes: 1e6 });
expectTypeOf(pool).toEqualTypeOf<WorkerPool<NativeTask<BlurInput, Buffer>>>();
expectTypeOf(pool.run({ data, radius: 2 })).toEqualTypeOf<Promise<Buffer>>();
expectTypeOf(pool.run({ data, radius: 2, edges: 'wrap' }, { transfer: [data.buffer] })).toEqualTypeOf<
  Promise<Buffer>
>();
expectTypeOf(pool.map([{ data, radius: 2 }])).toEqualTypeOf<Promise<Buffer[]>>();
for await (const result of pool.stream([{ data, radius: 2 }])) expectTypeOf(result).toEqualTypeOf<Buffer>();
pool.run({ data, radius: 2 }, { onProgress: (progress) => expectTypeOf(progress).toEqualTypeOf<TaskProgress>() });
// @ts-expect-error a field is missing
pool.run({ data });
// @ts-expect-error no such field
pool.run({ data, radius: 2, radios: 3 });
// @ts-expect-error a text is no number
pool.run({ data, radius: '2' });
// @ts-expect-error no such edges
pool.run({ data, radius: 2, edges: 'none' });
// @ts-expect-error no data
pool.run();

expectTypeOf(new WorkerPool(1, half).run(5)).toEqualTypeOf<Promise<number>>();
expectTypeOf(new WorkerPool(1, sum).run([1, 2])).toEqualTypeOf<Promise<number>>();
expectTypeOf(new WorkerPool(1, bytes).run(data)).toEqualTypeOf<Promise<Uint8Array>>();
expectTypeOf(new WorkerPool(1, bytes).run(new (class extends Uint8Array {})(1))).toEqualTypeOf<Promise<Uint8Array>>();
expectTypeOf(new WorkerPool(1, anything).run({ a: 1 })).toEqualTypeOf<Promise<unknown>>();
expectTypeOf(new WorkerPool(1, ping).proxy().ping()).toEqualTypeOf<Promise<string>>();
// @ts-expect-error a text is no number
new WorkerPool(1, half).run('5');

// Several, also built-in ones: the name selects one.
const several = new WorkerPool(2, { blur, half, hash: 'native:hash' });
expectTypeOf(several.run(5, { name: 'half' })).toEqualTypeOf<Promise<number>>();
expectTypeOf(several.run({ data, radius: 1 }, { name: 'blur' })).toEqualTypeOf<Promise<Buffer>>();
expectTypeOf(several.run({ data: 'text', encoding: 'buffer' }, { name: 'hash' })).toEqualTypeOf<Promise<Buffer>>();
expectTypeOf(several.proxy().half(5)).toEqualTypeOf<Promise<number>>();
expectTypeOf(several.map([1, 2], { name: 'half' })).toEqualTypeOf<Promise<number[]>>();
// @ts-expect-error no name
several.run(5);
// @ts-expect-error no such task
several.run(5, { name: 'twice' });
// @ts-expect-error the data of another task
several.run(5, { name: 'blur' });
// @ts-expect-error the fields of another task
several.run({ data: 'text', radius: 1 }, { name: 'hash' });

expectTypeOf(blur).toExtend<TaskTable[string]>();
// @ts-expect-error no task
new WorkerPool(1, { blur: 5 });

class Blurs extends WorkerPool<NativeTask<BlurInput, Buffer>> {}
expectTypeOf(new Blurs(1, blur).run({ data, radius: 1 })).toEqualTypeOf<Promise<Buffer>>();
