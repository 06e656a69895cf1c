// A worker file with named exports, for named-tasks.test-d.mts.

import type { WorkerContext } from 'native-worker-pool';

export const limit = 5;

export default (text: string): number => text.length;

export function double(n: number): number {
  return 2 * n;
}

export async function upper(text: string, { progress }: WorkerContext): Promise<string> {
  progress(text.length);
  return text.toUpperCase();
}

export const moved = (bytes: Uint8Array, { transfer }: WorkerContext) => transfer(bytes, [bytes.buffer as ArrayBuffer]);

export const teardown = async () => {};

export const ping = () => 'pong' as const;
