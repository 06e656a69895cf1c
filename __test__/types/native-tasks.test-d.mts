// The types of native tasks. Compiled, not run: each line that should not compile says so.

import { expectTypeOf } from 'expect-type';
import {
  type CompressData,
  type CompressionCounts,
  type DecompressData,
  type DeriveKeyData,
  type FibResult,
  type HashData,
  type HashEncoding,
  type HashPasswordData,
  type ImageInfo,
  type ImageOutputInfo,
  type ImageData as NativeImageData,
  type TaskProgress,
  type VerifyPasswordData,
  WorkerPool,
} from 'native-worker-pool';

const bytes = new Uint8Array(8);

// One task: its name tells what goes in and what comes out.
const hash = new WorkerPool(2, 'native:hash', { maxQueueBytes: 1e6 });
expectTypeOf(hash).toEqualTypeOf<WorkerPool<'native:hash'>>();
expectTypeOf(hash.run({ data: 'text' })).toEqualTypeOf<Promise<string>>();
expectTypeOf(hash.run({ file: new URL('file:///a'), algorithm: 'blake3' })).toEqualTypeOf<Promise<string>>();
expectTypeOf(hash.run({ data: bytes, encoding: 'base64' })).toEqualTypeOf<Promise<string>>();
expectTypeOf(hash.run({ data: bytes, encoding: 'buffer' })).toEqualTypeOf<Promise<Buffer>>();
expectTypeOf(hash.run({ data: bytes.buffer, encoding: undefined, key: null })).toEqualTypeOf<Promise<string>>();
expectTypeOf(hash.run({ data: 'text' }, { name: 'hash' })).toEqualTypeOf<Promise<string>>();
declare const encoding: HashEncoding;
expectTypeOf(hash.run({ data: 'text', encoding })).toEqualTypeOf<Promise<string | Buffer>>();
declare const anyHash: HashData;
expectTypeOf(hash.run(anyHash)).toEqualTypeOf<Promise<string | Buffer>>();
// @ts-expect-error neither data nor file
hash.run({ algorithm: 'sha256' });
// @ts-expect-error both
hash.run({ data: 'text', file: 'a' });
// @ts-expect-error no such field
hash.run({ data: 'text', algoritm: 'sha1' });
// @ts-expect-error no such algorithm
hash.run({ data: 'text', algorithm: 'sha0' });
// @ts-expect-error no such encoding
hash.run({ data: 'text', encoding: 'utf8' });
// @ts-expect-error a number is no data
hash.run({ data: 5 });
// @ts-expect-error no such task
hash.run({ data: 'text' }, { name: 'fib' });
// @ts-expect-error a number of bytes
new WorkerPool(2, 'native:hash', { maxQueueBytes: '1' });
hash.run({ file: 'a' }, { onProgress: (progress) => expectTypeOf(progress).toEqualTypeOf<TaskProgress>() });
hash.run({ data: bytes }, { transfer: [bytes.buffer] });

const compress = new WorkerPool(2, 'native:compress');
expectTypeOf(compress.run({ data: 'text' })).toEqualTypeOf<Promise<Buffer>>();
expectTypeOf(compress.run({ file: 'a', format: 'zstd', level: 19 })).toEqualTypeOf<Promise<Buffer>>();
expectTypeOf(compress.run({ file: 'a', output: 'b' })).toEqualTypeOf<Promise<CompressionCounts>>();
expectTypeOf(compress.run({ data: bytes, output: new URL('file:///b') })).toEqualTypeOf<Promise<CompressionCounts>>();
expectTypeOf(compress.run({ data: bytes, output: undefined })).toEqualTypeOf<Promise<Buffer>>();
declare const output: string | undefined;
expectTypeOf(compress.run({ data: bytes, output })).toEqualTypeOf<Promise<Buffer | CompressionCounts>>();
declare const anyCompress: CompressData;
expectTypeOf(compress.run(anyCompress)).toEqualTypeOf<Promise<Buffer | CompressionCounts>>();
// @ts-expect-error neither data nor file
compress.run({ format: 'gzip' });
// @ts-expect-error no such format
compress.run({ data: 'text', format: 'auto' });
// @ts-expect-error no such field
compress.run({ data: 'text', quality: 5 });
// @ts-expect-error maxOutputLength is a field of decompress
compress.run({ data: 'text', maxOutputLength: 5 });

const decompress = new WorkerPool(2, 'native:decompress');
expectTypeOf(decompress.run({ data: bytes })).toEqualTypeOf<Promise<Buffer>>();
expectTypeOf(decompress.run({ data: bytes, format: 'auto', maxOutputLength: 5 })).toEqualTypeOf<Promise<Buffer>>();
expectTypeOf(decompress.run({ file: 'a', output: 'b' })).toEqualTypeOf<Promise<CompressionCounts>>();
declare const anyDecompress: DecompressData;
expectTypeOf(decompress.run(anyDecompress)).toEqualTypeOf<Promise<Buffer | CompressionCounts>>();
// @ts-expect-error no such field
decompress.run({ data: bytes, level: 5 });

// With `output`, the result of `image` is only the info.
const image = new WorkerPool(2, 'native:image');
type Written = { data: Buffer; info: ImageOutputInfo };
expectTypeOf(image.run({ data: bytes })).toEqualTypeOf<Promise<Written>>();
expectTypeOf(image.run({ file: 'a', width: 5, fit: 'inside', output: undefined })).toEqualTypeOf<Promise<Written>>();
expectTypeOf(image.run({ file: 'a', output: 'b' })).toEqualTypeOf<Promise<ImageOutputInfo>>();
expectTypeOf(image.run({ file: 'a', output: new URL('file:///b') })).toEqualTypeOf<Promise<ImageOutputInfo>>();
declare const anyImage: NativeImageData;
expectTypeOf(image.run(anyImage)).toEqualTypeOf<Promise<Written | ImageOutputInfo>>();
image.run({
  data: bytes,
  raw: { width: 1, height: 1, channels: 3 },
  position: 'right top',
  kernel: null,
  background: { r: 5, alpha: 0.5 },
  extract: { left: 0, top: 0, width: 1, height: 1 },
  rotate: 90,
  format: 'jpg',
  failOn: 'none',
});
// @ts-expect-error no such fit
image.run({ data: bytes, fit: 'crop' });
// @ts-expect-error no such position
image.run({ data: bytes, position: 'entropy' });
// @ts-expect-error GIF is not written
image.run({ data: bytes, format: 'gif' });
// @ts-expect-error no such field
image.run({ data: bytes, widht: 5 });
// @ts-expect-error raw.channels is missing
image.run({ data: bytes, raw: { width: 1, height: 1 } });
expectTypeOf(new WorkerPool(1, 'native:imageInfo').run({ file: 'a' })).toEqualTypeOf<Promise<ImageInfo>>();

// All of them: the name is an option.
const all = new WorkerPool(2, 'native');
expectTypeOf(all).toEqualTypeOf<WorkerPool<'native'>>();
expectTypeOf(all.run({ data: 'text' }, { name: 'hash' })).toEqualTypeOf<Promise<string>>();
expectTypeOf(all.run({ data: 'text', encoding: 'buffer' }, { name: 'hash' })).toEqualTypeOf<Promise<Buffer>>();
expectTypeOf(all.run({ data: 'text' }, { name: 'compress' })).toEqualTypeOf<Promise<Buffer>>();
expectTypeOf(all.run({ file: 'a', output: 'b' }, { name: 'decompress' })).toEqualTypeOf<Promise<CompressionCounts>>();
expectTypeOf(all.run(10, { name: 'fib', timeout: 5 })).toEqualTypeOf<Promise<FibResult>>();
expectTypeOf(all.run({ password: 'p' }, { name: 'hashPassword' })).toEqualTypeOf<Promise<string>>();
expectTypeOf(all.run({ password: 'p', hash: '$' }, { name: 'verifyPassword' })).toEqualTypeOf<Promise<boolean>>();
expectTypeOf(all.run({ password: 'p', salt: bytes }, { name: 'deriveKey' })).toEqualTypeOf<Promise<Buffer>>();
// @ts-expect-error the name is missing
all.run({ data: 'text' });
// @ts-expect-error the name is missing
all.run({ data: 'text' }, { timeout: 5 });
// @ts-expect-error no such task
all.run({ data: 'text' }, { name: 'hsah' });
// @ts-expect-error the data of another task
all.run({ data: 'text' }, { name: 'hashPassword' });

// Some of them, by other names.
const table = new WorkerPool(2, { checksum: 'native:hash', key: 'native:deriveKey' });
expectTypeOf(table).toEqualTypeOf<WorkerPool<{ checksum: 'native:hash'; key: 'native:deriveKey' }>>();
expectTypeOf(table.run({ file: 'a' }, { name: 'checksum' })).toEqualTypeOf<Promise<string>>();
expectTypeOf(table.run({ file: 'a', encoding: 'buffer' }, { name: 'checksum' })).toEqualTypeOf<Promise<Buffer>>();
expectTypeOf(table.run({ password: 'p', salt: 's' }, { name: 'key' })).toEqualTypeOf<Promise<Buffer>>();
// @ts-expect-error a name of another table
table.run({ file: 'a' }, { name: 'hash' });
// @ts-expect-error one of several
table.run({ file: 'a' });
// Of one task no name is needed.
const one = new WorkerPool<{ checksum: 'native:hash' }>(2, { checksum: 'native:hash' });
expectTypeOf(one.run({ file: 'a' })).toEqualTypeOf<Promise<string>>();
expectTypeOf(one.run({ file: 'a' }, { name: 'checksum' })).toEqualTypeOf<Promise<string>>();
// @ts-expect-error no such task
new WorkerPool(2, { checksum: 'native:hsah' });

// Many tasks.
expectTypeOf(hash.map([{ file: 'a' }, { data: 'b' }])).toEqualTypeOf<Promise<string[]>>();
expectTypeOf(hash.map(new Set([{ file: 'a', encoding: 'buffer' } as const]))).toEqualTypeOf<Promise<Buffer[]>>();
expectTypeOf(hash.map([{ file: 'a', encoding: 'buffer' }])).toEqualTypeOf<Promise<Buffer[]>>();
expectTypeOf(all.map([{ file: 'a' }], { name: 'hash', timeout: 5 })).toEqualTypeOf<Promise<string[]>>();
expectTypeOf(all.map([1, 2], { name: 'fib' })).toEqualTypeOf<Promise<FibResult[]>>();
expectTypeOf(['a', 'b'].map((file) => ({ file }))).toExtend<HashData[]>();
expectTypeOf(
  all.map(
    ['a', 'b'].map((file) => ({ file })),
    { name: 'hash' },
  ),
).toEqualTypeOf<Promise<string[]>>();
async function* files() {
  yield { file: 'a' };
}
for await (const result of all.stream(files(), { name: 'hash', ordered: false })) {
  expectTypeOf(result).toEqualTypeOf<string>();
}
// @ts-expect-error the name is missing
all.map([{ file: 'a' }]);
// @ts-expect-error the data of another task
all.stream([{ file: 'a' }], { name: 'fib' });

// A function a task.
const { fib, hash: checksum, deriveKey } = all.proxy();
expectTypeOf(fib(10)).toEqualTypeOf<Promise<FibResult>>();
expectTypeOf(checksum({ data: 'text' }, { timeout: 5 })).toEqualTypeOf<Promise<string>>();
expectTypeOf(checksum({ data: 'text', encoding: 'buffer' })).toEqualTypeOf<Promise<Buffer>>();
expectTypeOf(deriveKey({ password: 'p', salt: 's' })).toEqualTypeOf<Promise<Buffer>>();
expectTypeOf(table.proxy().checksum({ data: 'text' })).toEqualTypeOf<Promise<string>>();
// @ts-expect-error no such task
all.proxy().md5;
// @ts-expect-error no such field
checksum({ data: 'text', algoritm: 'sha1' });

// Each algorithm accepts only its own costs.
const hashed: HashPasswordData[] = [
  { password: 'p' },
  { password: bytes, salt: bytes, memory: 64, iterations: 3, parallelism: 2, maxMemory: 1e6 },
  { password: 'p', algorithm: 'argon2i', memory: 64 },
  { password: 'p', algorithm: 'bcrypt', cost: 10 },
  { password: 'p', algorithm: 'scrypt', ln: 15, r: 8, p: 1 },
  { password: 'p', algorithm: 'pbkdf2', iterations: 1, digest: 'sha512' },
];
all.map(hashed, { name: 'hashPassword' });
declare const algorithm: 'bcrypt' | 'scrypt';
all.run({ password: 'p', algorithm }, { name: 'hashPassword' });
// @ts-expect-error a cost of another algorithm
all.run({ password: 'p', algorithm: 'bcrypt', memory: 64 }, { name: 'hashPassword' });
// @ts-expect-error a cost of another algorithm
all.run({ password: 'p', cost: 10 }, { name: 'hashPassword' });
// @ts-expect-error the password is missing
all.run({ algorithm: 'bcrypt' }, { name: 'hashPassword' });
expectTypeOf<VerifyPasswordData['hash']>().toBeString();
const derived: DeriveKeyData[] = [
  { password: 'p', salt: 's' },
  { password: 'p', salt: 's', N: 1024, r: 8, p: 1, length: 64 },
  { password: 'p', salt: 's', cost: 1024, blockSize: 8, parallelization: 1 },
  { password: 'p', salt: 's', algorithm: 'pbkdf2', iterations: 1000, digest: 'sha256' },
  { password: bytes, salt: '', algorithm: 'hkdf', info: 'context' },
  { password: 'p', salt: bytes, algorithm: 'argon2id', passes: 3 },
];
all.map(derived, { name: 'deriveKey' });
// @ts-expect-error the iterations of PBKDF2 have no default
all.run({ password: 'p', salt: 's', algorithm: 'pbkdf2', digest: 'sha256' }, { name: 'deriveKey' });
// @ts-expect-error the salt is missing
all.run({ password: 'p' }, { name: 'deriveKey' });

expectTypeOf(all.stats().queuedBytes).toBeNumber();

const block = WorkerPool.allocate(16);
expectTypeOf(block).toEqualTypeOf<Uint8Array>();
all.run({ data: block }, { name: 'hash', transfer: [block.buffer] });
// @ts-expect-error not a number
WorkerPool.allocate('16');

class Hashing extends WorkerPool<'native:hash'> {
  sha1(data: string) {
    return this.run({ data, algorithm: 'sha1' });
  }
}
expectTypeOf(new Hashing(1, 'native:hash').sha1('text')).toEqualTypeOf<Promise<string>>();
