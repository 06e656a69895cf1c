// Compiled, not run: the types of the package from a caller's side.

import { Worker } from 'bullmq';
import { Redis } from 'ioredis';
import { WorkerPool } from 'native-worker-pool';
import { decode, encode, processor, RemotePool, type RemoteStats } from 'native-worker-pool-bullmq';

const pool = new WorkerPool(2, 'native');
new Worker('q', processor(pool), { connection: {} });
new Worker(
  'q',
  processor(new WorkerPool<number, string>(2, './w.js'), { timeout: 5, isFinal: ({ code }) => code === 'X' }),
  {
    connection: {},
  },
);
// @ts-expect-error: not an option
processor(pool, { timeouts: 5 });

const any = new RemotePool('q', { connection: new Redis(), maxInFlight: 5 });
new RemotePool('q', { connection: { url: 'redis://localhost', tls: {} } });
const typed = new RemotePool<{ n: number }, string>('q');

export async function use(): Promise<RemoteStats> {
  const text: string = await typed.run({ n: 1 }, { priority: 1, onProgress: (value) => value.done });
  const list: string[] = await typed.map([{ n: 1 }], { onProgress: ({ done }) => done.toFixed() });
  for await (const each of typed.stream([{ n: 1 }], { ordered: false })) each.toUpperCase();
  await any.run(5, { name: text + list });
  // @ts-expect-error: wrong data
  await typed.run(5);
  // @ts-expect-error: not an option of a remote task
  await any.run(5, { transfer: [] });
  await any.close({ force: true });
  const value: unknown = decode(encode(5n));
  console.log(value);
  return any.stats();
}
