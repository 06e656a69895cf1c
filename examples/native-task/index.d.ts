import type { NativeTask } from 'native-worker-pool';

export interface MyTaskInput {
  /** The bytes to smooth. */
  data: Uint8Array | ArrayBuffer;
  /** How many bytes to each side count, from 0 to 1000. */
  radius: number;
}

/** Smooths bytes, each to the mean of those around it: `new WorkerPool(4, myTask).run({ data, radius: 2 })`. */
export declare const myTask: NativeTask<MyTaskInput, Buffer>;
