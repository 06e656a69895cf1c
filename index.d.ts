/// <reference types="node" />

import type { Buffer } from 'node:buffer';
import type { EventEmitter } from 'node:events';
import type { Readable } from 'node:stream';
import type { WorkerOptions } from 'node:worker_threads';

/**
 * A value that can be moved to another thread. `ArrayBufferLike` is included because the `buffer` of a typed array has
 * that type. A `SharedArrayBuffer` cannot be moved; both threads share it anyway.
 */
export type Movable = NonNullable<WorkerOptions['transferList']>[number] | ArrayBufferLike;

/** The input of `native:fib`: an integer n from 0 to 78, or an object whose `n` `Number()` converts to it. */
export type FibInput = number | { readonly n: number | bigint | string };

/** The result of `native:fib`. */
export interface FibResult {
  /** The input n. */
  n: number;
  /** The n-th Fibonacci number; fib(0) is 0, fib(1) is 1. */
  result: number;
}

/** Bytes for a native task. A string is encoded as UTF-8. Shared memory is copied, like all other bytes. */
export type Bytes = string | ArrayBufferLike | ArrayBufferView;

/** What a native task reads: exactly one of `data` and `file`. */
export type TaskSource =
  | {
      /** The bytes. They are copied before `run` returns. */
      readonly data: Bytes;
      readonly file?: null | undefined;
    }
  | {
      /** A path, relative to the working directory, or a `file:` URL. The worker's thread reads it in pieces. */
      readonly file: string | URL;
      readonly data?: null | undefined;
    };

/** The algorithms of `native:hash`. */
export type HashAlgorithm =
  | 'sha1'
  | 'sha224'
  | 'sha256'
  | 'sha384'
  | 'sha512'
  | 'sha512-256'
  | 'sha3-256'
  | 'sha3-512'
  | 'md5'
  | 'blake2b512'
  | 'blake2s256'
  | 'blake3'
  | 'crc32'
  | 'xxh64'
  | 'xxh3'
  | 'xxh128';

/** The encodings of a hash: three kinds of text, or a `Buffer`. */
export type HashEncoding = 'hex' | 'base64' | 'base64url' | 'buffer';

/** The fields of the data of `native:hash` other than `data` and `file`. */
export interface HashFields {
  /** @default 'sha256' */
  readonly algorithm?: HashAlgorithm | null | undefined;
  /**
   * The key of an HMAC; for `blake3`, the 32-byte key of its keyed mode. `crc32` and `xxh…` accept no key. If it is
   * absent, undefined or null, the result is a plain hash.
   */
  readonly key?: Bytes | null | undefined;
  /** @default 'hex' */
  readonly encoding?: HashEncoding | null | undefined;
}

/** The data of `native:hash`. */
export type HashData = HashFields & TaskSource;

/** The result of `native:hash`: a `Buffer` if `encoding` is `'buffer'`, otherwise a string. */
export type HashResult<Data> = Data extends unknown
  ? 'encoding' extends keyof Data
    ? Encoded<Data['encoding']>
    : string
  : never;

type Encoded<Encoding> = Encoding extends 'buffer' ? Buffer : string;

/** The formats of `native:compress`. */
export type CompressionFormat = 'gzip' | 'deflate' | 'deflate-raw' | 'brotli' | 'zstd' | 'lz4';

/** The output file of `native:compress` and `native:decompress`. */
export interface CompressionOutput {
  /** The path or `file:` URL of a file to write instead of returning a `Buffer`. It appears complete or not at all. */
  readonly output?: string | URL | null | undefined;
}

/** The fields of the data of `native:compress` other than `data` and `file`. */
export interface CompressFields extends CompressionOutput {
  /** @default 'gzip' */
  readonly format?: CompressionFormat | null | undefined;
  /**
   * gzip, deflate and deflate-raw: 0 to 9. brotli: 0 to 11. zstd: 1 to 22. lz4: 1 to 12.
   * @default 6 for gzip, deflate and deflate-raw, 11 for brotli, 3 for zstd, 1 for lz4
   */
  readonly level?: number | null | undefined;
}

/** The data of `native:compress`. */
export type CompressData = CompressFields & TaskSource;

/** The fields of the data of `native:decompress` other than `data` and `file`. */
export interface DecompressFields extends CompressionOutput {
  /**
   * `'auto'` detects gzip, deflate, zstd and lz4. Pass the name of any other format.
   * @default 'auto'
   */
  readonly format?: 'auto' | CompressionFormat | null | undefined;
  /**
   * Maximum size of the decompressed data in bytes. It also applies to `output`. `Infinity` means no limit.
   * @default 1 GiB
   */
  readonly maxOutputLength?: number | null | undefined;
}

/** The data of `native:decompress`. */
export type DecompressData = DecompressFields & TaskSource;

/** The result of `native:compress` and `native:decompress` with `output`: sizes in bytes. */
export interface CompressionCounts {
  bytesRead: number;
  bytesWritten: number;
}

/**
 * The result of `native:compress` and `native:decompress`: a `Buffer`, or with `output` the {@link CompressionCounts}.
 */
export type CompressionResult<Data> = Data extends unknown
  ? 'output' extends keyof Data
    ? Written<Data['output']>
    : Buffer
  : never;

type Written<Output> = Output extends null | undefined ? Buffer : CompressionCounts;

/** The layout of raw pixels: 8-bit channels, interleaved, in rows without padding. */
export interface RawImage {
  /** In pixels. */
  readonly width: number;
  /** In pixels. */
  readonly height: number;
  /** 1 for grey, 2 for grey and alpha, 3 for RGB, 4 for RGBA. */
  readonly channels: 1 | 2 | 3 | 4;
}

/** An sRGB colour: `'#rrggbb'`, `'#rrggbbaa'` or an object. */
export type ImageColour =
  | string
  | {
      /** 0 to 255. @default 0 */
      readonly r?: number | null | undefined;
      /** 0 to 255. @default 0 */
      readonly g?: number | null | undefined;
      /** 0 to 255. @default 0 */
      readonly b?: number | null | undefined;
      /** 0 to 1. @default 1 */
      readonly alpha?: number | null | undefined;
    };

/** How an image is fitted to `width` and `height`. */
export type ImageFit = 'cover' | 'contain' | 'fill' | 'inside' | 'outside';

/** Which part of an image `cover` keeps, and where `contain` places the image on its background. */
export type ImagePosition =
  | 'centre'
  | 'center'
  | 'north'
  | 'top'
  | 'northeast'
  | 'right top'
  | 'east'
  | 'right'
  | 'southeast'
  | 'right bottom'
  | 'south'
  | 'bottom'
  | 'southwest'
  | 'left bottom'
  | 'west'
  | 'left'
  | 'northwest'
  | 'left top';

/** The interpolation kernel for scaling. */
export type ImageKernel = 'nearest' | 'linear' | 'cubic' | 'mitchell' | 'lanczos2' | 'lanczos3';

/** The fields of the data of `native:image` other than `data`, `file` and `output`. */
export interface ImageFields {
  /** Declares that `data` or `file` contains raw pixels, in this layout. */
  readonly raw?: RawImage | null | undefined;
  /** In pixels. If `height` is absent, it is computed from the aspect ratio. */
  readonly width?: number | null | undefined;
  /** In pixels. If `width` is absent, it is computed from the aspect ratio. */
  readonly height?: number | null | undefined;
  /** @default 'cover' */
  readonly fit?: ImageFit | null | undefined;
  /** @default 'centre' */
  readonly position?: ImagePosition | null | undefined;
  /** @default 'lanczos3' */
  readonly kernel?: ImageKernel | null | undefined;
  /** Whether an image that is smaller than requested keeps its size. @default false */
  readonly withoutEnlargement?: boolean | null | undefined;
  /**
   * The colour around an image with the fit `contain`, and behind transparent pixels in formats without alpha.
   * @default transparent, or black if the image has no alpha channel
   */
  readonly background?: ImageColour | null | undefined;
  /** The area to extract before scaling, in pixels. With `rotate`, an area of the rotated image. */
  readonly extract?:
    | { readonly left: number; readonly top: number; readonly width: number; readonly height: number }
    | null
    | undefined;
  /**
   * The angle in degrees, clockwise: a multiple of 90.
   * @default 0
   */
  readonly rotate?: number | null | undefined;
  /**
   * Whether to rotate the image upright according to its EXIF orientation.
   * @default true
   */
  readonly autoOrient?: boolean | null | undefined;
  /** Mirrors the image top to bottom. @default false */
  readonly flip?: boolean | null | undefined;
  /** Mirrors the image left to right. @default false */
  readonly flop?: boolean | null | undefined;
  /** @default false */
  readonly grayscale?: boolean | null | undefined;
  /**
   * The format to write. The extension of `output` does not select it.
   * @default the format of the input, or PNG for a GIF
   */
  readonly format?: 'jpeg' | 'jpg' | 'png' | 'webp' | 'raw' | null | undefined;
  /**
   * The quality of JPEG and lossy WebP, or the compression effort of lossless WebP: 1 to 100.
   * @default 80
   */
  readonly quality?: number | null | undefined;
  /** Whether WebP is written without loss. @default false */
  readonly lossless?: boolean | null | undefined;
  /** Whether to write a progressive JPEG or an interlaced PNG. @default false */
  readonly progressive?: boolean | null | undefined;
  /**
   * Which damage makes the task fail. `'none'`: only data from which nothing can be decoded. `'truncated'`: also data
   * that ends too early. `'error'`: also a JPEG with invalid data. `'warning'`: also any warning of the JPEG decoder.
   * @default 'truncated'
   */
  readonly failOn?: 'none' | 'truncated' | 'error' | 'warning' | null | undefined;
  /**
   * Maximum number of pixels (width × height) of the input image and of the output image.
   * @default 268402689
   */
  readonly maxPixels?: number | null | undefined;
}

/** The data of `native:image`. */
export type ImageData = ImageFields &
  TaskSource & {
    /** The path or `file:` URL of a file to write instead of returning `data`. It appears complete or not at all. */
    readonly output?: string | URL | null | undefined;
  };

/** Properties of an output image. */
export interface ImageOutputInfo {
  format: 'jpeg' | 'png' | 'webp' | 'raw';
  /** In pixels. */
  width: number;
  /** In pixels. */
  height: number;
  channels: 1 | 3 | 4;
  /** In bytes. */
  size: number;
}

/** The result of `native:image`: the image and its info, or with `output` only the info. */
export type ImageResult<Data> = Data extends unknown
  ? 'output' extends keyof Data
    ? WithOutput<Data['output']>
    : { data: Buffer; info: ImageOutputInfo }
  : never;

type WithOutput<Output> = Output extends null | undefined ? { data: Buffer; info: ImageOutputInfo } : ImageOutputInfo;

/** The result of `native:imageInfo`. */
export interface ImageInfo {
  format: 'jpeg' | 'png' | 'webp' | 'gif';
  /** In pixels, as stored: before `orientation` is applied. */
  width: number;
  /** In pixels, as stored: before `orientation` is applied. */
  height: number;
  /** For a palette image, the number of channels of its colours. */
  channels: 1 | 2 | 3 | 4;
  /** Bits per channel; for a palette PNG, bits per palette index. */
  depth: number;
  hasAlpha: boolean;
  /** The EXIF orientation, 1 to 8; undefined if there is none. */
  orientation: number | undefined;
  /** Whether an ICC profile is embedded. */
  hasProfile: boolean;
  /** Whether the image is a progressive JPEG or an interlaced PNG or GIF. */
  isProgressive: boolean;
  /** The number of frames of a GIF or an animated WebP; undefined for other images. */
  pages: number | undefined;
  /** The size of the data or the file in bytes; undefined for a pipe. */
  size: number | undefined;
}

/** The digests of PBKDF2 and HKDF. */
export type KeyDigest = 'sha1' | 'sha224' | 'sha256' | 'sha384' | 'sha512';

/** The costs of argon2. */
export interface Argon2Costs {
  /**
   * Memory in KiB, at least 8 for each of `parallelism`.
   * @default 19456
   */
  readonly memory?: number | null | undefined;
  /**
   * Passes over the memory.
   * @default 2
   */
  readonly iterations?: number | null | undefined;
  /**
   * Lanes. They are computed one after the other.
   * @default 1
   */
  readonly parallelism?: number | null | undefined;
}

/** The cost of bcrypt. */
export interface BcryptCosts {
  /**
   * The binary logarithm of the number of rounds, 4 to 31.
   * @default 12
   */
  readonly cost?: number | null | undefined;
}

/** The costs of scrypt, as in a PHC string. */
export interface ScryptCosts {
  /**
   * The binary logarithm of N.
   * @default 17
   */
  readonly ln?: number | null | undefined;
  /** @default 8 */
  readonly r?: number | null | undefined;
  /** @default 1 */
  readonly p?: number | null | undefined;
}

/** The costs of PBKDF2 in `hashPassword`. */
export interface Pbkdf2Costs {
  /** @default 600000 */
  readonly iterations?: number | null | undefined;
  /** @default 'sha256' */
  readonly digest?: KeyDigest | null | undefined;
}

/** `Own` alone: the other names of `All` are refused. */
type Only<Own, All extends PropertyKey> = Own & { readonly [Name in Exclude<All, keyof Own>]?: null | undefined };

type PasswordCost = keyof Argon2Costs | keyof BcryptCosts | keyof ScryptCosts | keyof Pbkdf2Costs;

/** The algorithm of `native:hashPassword` and its costs. The costs of other algorithms are refused. */
export type PasswordAlgorithm =
  | ({ readonly algorithm?: 'argon2id' | 'argon2i' | 'argon2d' | null | undefined } & Only<Argon2Costs, PasswordCost>)
  | ({ readonly algorithm: 'bcrypt' } & Only<BcryptCosts, PasswordCost>)
  | ({ readonly algorithm: 'scrypt' } & Only<ScryptCosts, PasswordCost>)
  | ({ readonly algorithm: 'pbkdf2' } & Only<Pbkdf2Costs, PasswordCost>);

/** The fields of the data of `native:hashPassword` that do not depend on the algorithm. */
export interface HashPasswordFields {
  readonly password: Bytes;
  /**
   * The salt: 16 bytes for bcrypt, at least 8 for argon2.
   * @default 16 random bytes
   */
  readonly salt?: Bytes | null | undefined;
  /**
   * How much memory the hash may need, in bytes.
   * @default 1 GiB
   */
  readonly maxMemory?: number | null | undefined;
}

/** The data of `native:hashPassword`. The default algorithm is `argon2id`. */
export type HashPasswordData = HashPasswordFields & PasswordAlgorithm;

/** The data of `native:verifyPassword`. */
export interface VerifyPasswordData {
  readonly password: Bytes;
  /** What `hashPassword` returned, or another PHC string of these algorithms, or a bcrypt hash. */
  readonly hash: string;
  /**
   * How much memory the hash may need, in bytes.
   * @default 1 GiB
   */
  readonly maxMemory?: number | null | undefined;
}

/** The costs of scrypt with the names of `node:crypto`. Of two names for one cost, only one may be present. */
export interface ScryptKeyCosts {
  /**
   * A power of two, at least 2.
   * @default 16384
   */
  readonly N?: number | null | undefined;
  /** The same as `N`. */
  readonly cost?: number | null | undefined;
  /** @default 8 */
  readonly r?: number | null | undefined;
  /** The same as `r`. */
  readonly blockSize?: number | null | undefined;
  /** @default 1 */
  readonly p?: number | null | undefined;
  /** The same as `p`. */
  readonly parallelization?: number | null | undefined;
}

/** The costs of PBKDF2 in `deriveKey`. Neither has a default. */
export interface Pbkdf2KeyCosts {
  readonly iterations: number;
  readonly digest: KeyDigest;
}

/** The parameters of HKDF. */
export interface HkdfFields {
  /** @default 'sha256' */
  readonly digest?: KeyDigest | null | undefined;
  /**
   * The context of the key.
   * @default ''
   */
  readonly info?: Bytes | null | undefined;
}

/** The costs of argon2 in `deriveKey`. */
export interface Argon2KeyCosts extends Argon2Costs {
  /** The same as `iterations`. Only one of them may be present. */
  readonly passes?: number | null | undefined;
}

type KeyCost = keyof ScryptKeyCosts | keyof Pbkdf2KeyCosts | keyof HkdfFields | keyof Argon2KeyCosts;

/** The algorithm of `native:deriveKey` and its costs. The costs of other algorithms are refused. */
export type KeyAlgorithm =
  | ({ readonly algorithm?: 'scrypt' | null | undefined } & Only<ScryptKeyCosts, KeyCost>)
  | ({ readonly algorithm: 'pbkdf2' } & Only<Pbkdf2KeyCosts, KeyCost>)
  | ({ readonly algorithm: 'hkdf' } & Only<HkdfFields, KeyCost>)
  | ({ readonly algorithm: 'argon2id' } & Only<Argon2KeyCosts, KeyCost>);

/** The fields of the data of `native:deriveKey` that do not depend on the algorithm. */
export interface DeriveKeyFields {
  /** The password. For `hkdf`, the key. */
  readonly password: Bytes;
  readonly salt: Bytes;
  /**
   * The length of the key in bytes.
   * @default 32
   */
  readonly length?: number | null | undefined;
  /**
   * How much memory the derivation may need, in bytes.
   * @default 1 GiB
   */
  readonly maxMemory?: number | null | undefined;
}

/** The data of `native:deriveKey`. The default algorithm is `scrypt`. */
export type DeriveKeyData = DeriveKeyFields & KeyAlgorithm;

/** The input and the result of each built-in task, by the name of its worker. */
export interface BuiltInWorkers {
  'native:fib': { input: FibInput; result: FibResult };
  /** With `output`, the result is `CompressionCounts`; see {@link CompressionResult}. */
  'native:compress': { input: CompressData; result: Buffer | CompressionCounts };
  /** With `output`, the result is `CompressionCounts`; see {@link CompressionResult}. */
  'native:decompress': { input: DecompressData; result: Buffer | CompressionCounts };
  /** With `encoding: 'buffer'`, the result is a `Buffer`, see {@link HashResult}. */
  'native:hash': { input: HashData; result: string | Buffer };
  /** With `output`, the result is only the info; see {@link ImageResult}. */
  'native:image': { input: ImageData; result: { data: Buffer; info: ImageOutputInfo } | ImageOutputInfo };
  'native:imageInfo': { input: TaskSource; result: ImageInfo };
  'native:hashPassword': { input: HashPasswordData; result: string };
  'native:verifyPassword': { input: VerifyPasswordData; result: boolean };
  'native:deriveKey': { input: DeriveKeyData; result: Buffer };
}

declare const nativeTask: unique symbol;

/**
 * A native task that an addon exports, see docs/native-tasks.md. The types of the addon declare it:
 * `export declare const blur: NativeTask<BlurInput, Buffer>`.
 *
 * @typeParam Input What the task takes.
 * @typeParam Output What it results in.
 */
export interface NativeTask<in Input, out Output> {
  readonly [nativeTask]: (input: Input) => Output;
}

/** Tasks by names of your choice: built-in ones and those of addons, such as `{ checksum: 'native:hash', blur }`. */
export interface TaskTable {
  readonly [name: string]: keyof BuiltInWorkers | NativeTask<never, unknown>;
}

type BareName<Worker> = Worker extends `native:${infer Name}` ? Name : never;

/** The names of the exports that are tasks: functions other than `teardown`. */
type FunctionName<Exports> = {
  [Name in Exclude<keyof Exports, 'teardown'>]: Exports[Name] extends (...args: never[]) => unknown ? Name : never;
}[Exclude<keyof Exports, 'teardown'>] &
  string;

/** Types with methods whose values can be cloned. They are inputs, not the exports of a module. */
type Cloneable =
  | string
  | number
  | bigint
  | boolean
  | symbol
  | null
  | undefined
  | ArrayBufferLike
  | ArrayBufferView
  | Date
  | RegExp
  | Error
  | ReadonlyMap<unknown, unknown>
  | ReadonlySet<unknown>
  | readonly unknown[];

type IsAny<Type> = 0 extends 1 & Type ? true : false;

/**
 * What the type argument `In` of a pool selects: native tasks, the exports of a worker file, or data. With an `Out`, it
 * is data.
 */
type KindOf<In, Out> =
  IsAny<In> extends true
    ? 'data'
    : [keyof In] extends [never]
      ? 'data'
      : [In] extends ['native' | keyof BuiltInWorkers | NativeTask<never, unknown>]
        ? 'native'
        : [In] extends [TaskTable]
          ? 'native'
          : unknown extends Out
            ? In extends Cloneable
              ? 'data'
              : [FunctionName<In>] extends [never]
                ? 'data'
                : 'exports'
            : 'data';

/** The tasks of a pool of native tasks, by their names. That of a single task of an addon is not known. */
type NativeTasksOf<In> = [In] extends ['native']
  ? { [Worker in keyof BuiltInWorkers as BareName<Worker>]: Worker }
  : [In] extends [keyof BuiltInWorkers]
    ? { [Name in BareName<In>]: In }
    : [In] extends [NativeTask<never, unknown>]
      ? { [name: string]: In }
      : In;

/** The name, unless there are several. */
type OnlyOne<Name, All = Name> = [Name] extends [never]
  ? never
  : Name extends unknown
    ? [All] extends [Name]
      ? Name
      : never
    : never;

/** The names of the tasks of a `WorkerPool<In, Out>`. */
export type TaskNameOf<In, Out = unknown> = {
  data: string;
  exports: FunctionName<In>;
  native: keyof NativeTasksOf<In> & string;
}[KindOf<In, Out>];

/** The name of the task that runs if `run` has no `name`; `never` if a name is required. */
export type DefaultTaskOf<In, Out = unknown> = {
  data: string;
  exports: Extract<FunctionName<In>, 'default'>;
  native: OnlyOne<keyof NativeTasksOf<In> & string>;
}[KindOf<In, Out>];

type TaskOf<In, Name> = NativeTasksOf<In>[Name & keyof NativeTasksOf<In>];

type NativeInput<Task> = Task extends keyof BuiltInWorkers
  ? BuiltInWorkers[Task]['input']
  : Task extends NativeTask<infer Input, unknown>
    ? Input
    : never;

type DataOfFunction<Function> = Function extends () => unknown
  ? undefined
  : Function extends (data: infer Data, ...rest: never[]) => unknown
    ? Data
    : never;

type ResultOfFunction<Function> = Function extends (...args: never[]) => infer Result
  ? Awaited<Result> extends infer Value
    ? Value extends Transferred<infer Moved>
      ? Moved
      : Value
    : never
  : never;

/** The input of a task of a `WorkerPool<In, Out>`. */
export type InputOf<In, Out = unknown, Name extends string = DefaultTaskOf<In, Out>> = {
  data: In;
  exports: Name extends keyof In ? DataOfFunction<In[Name]> : never;
  native: NativeInput<TaskOf<In, Name>>;
}[KindOf<In, Out>];

type NativeResult<Task, Data> = Task extends 'native:hash'
  ? HashResult<Data>
  : Task extends 'native:compress' | 'native:decompress'
    ? CompressionResult<Data>
    : Task extends 'native:image'
      ? ImageResult<Data>
      : Task extends keyof BuiltInWorkers
        ? BuiltInWorkers[Task]['result']
        : Task extends NativeTask<never, infer Output>
          ? Output
          : never;

/** The result of a task of a `WorkerPool<In, Out>` whose data have the type `Data`. */
export type ResultOf<In, Out = unknown, Name extends string = DefaultTaskOf<In, Out>, Data = InputOf<In, Out, Name>> = {
  data: Out;
  exports: Name extends keyof In ? ResultOfFunction<In[Name]> : never;
  native: NativeResult<TaskOf<In, Name>, Data>;
}[KindOf<In, Out>];

type KeyOfAny<Union> = Union extends unknown ? keyof Union : never;

/** `Data`, without fields that `Input` does not have. */
type Known<Data, Input> = Data & { readonly [Name in UnknownField<Data, Input>]: never };

type UnknownField<Data, Input> = unknown extends Input
  ? never
  : Data extends Cloneable
    ? never
    : Exclude<keyof Data, KeyOfAny<Input>>;

/** The parameter `data` of `run`. The result of a native task may depend on the type of the argument. */
type DataArgument<In, Out, Name extends string, Data> =
  KindOf<In, Out> extends 'native'
    ? In extends 'native:fib'
      ? FibInput
      : Known<Data, InputOf<In, Out, Name>>
    : InputOf<In, Out, Name>;

/** An item of `map` and `stream`. */
type ItemOf<In, Out, Name extends string, Data> = KindOf<In, Out> extends 'native' ? Data : InputOf<In, Out, Name>;

/**
 * The progress of a native task: bytes of the input for `hash`, `compress` and `decompress`; rows of the input and the
 * output image for `image`. The other built-in tasks report none.
 */
export interface TaskProgress {
  done: number;
  /** Undefined if it is unknown, as for a pipe. */
  total: number | undefined;
}

/** What a task reports to `onProgress` of `run`. */
export type ProgressOf<In, Out = unknown> = {
  data: unknown;
  exports: unknown;
  native: TaskProgress;
}[KindOf<In, Out>];

/** Selects a task by its name. */
export interface TaskSelection<Name extends string = string> {
  /**
   * The name of a native task, or of an export of a worker file. Required if there are several native tasks, or if the
   * worker file has named exports and no default one.
   */
  readonly name?: Name | null | undefined;
}

/** A function of {@link WorkerPool.proxy}. */
export type TaskFunction<In, Out, Name extends string> =
  undefined extends InputOf<In, Out, Name>
    ? (
        data?: InputOf<In, Out, Name>,
        options?: RunOptions<ProgressOf<In, Out>> | null,
      ) => Promise<ResultOf<In, Out, Name>>
    : <const Data extends InputOf<In, Out, Name> = InputOf<In, Out, Name>>(
        data: DataArgument<In, Out, Name, Data>,
        options?: RunOptions<ProgressOf<In, Out>> | null,
      ) => Promise<ResultOf<In, Out, Name, Data>>;

/** What {@link WorkerPool.proxy} returns: a function for each task. */
export type TaskProxy<In, Out = unknown> = {
  readonly [Name in TaskNameOf<In, Out>]: TaskFunction<In, Out, Name>;
};

/**
 * Options of a pool. These rules also apply to the options of every method: `undefined` and `null` select the default;
 * the pool reads an object's own properties and those of its class, never `Object.prototype`; an unknown option is
 * rejected.
 */
export interface WorkerPoolOptions {
  /**
   * How many threads are kept when they are idle: an integer from 0 to the size. A worker file's pool starts them at
   * once. Further threads are started when tasks need them, and end after `idleTimeout`.
   * @default the size
   */
  readonly minSize?: number | null | undefined;
  /**
   * How long threads above `minSize` may be idle before they end, in milliseconds; 0 for no time, `Infinity` for any
   * time.
   * @default 10000
   */
  readonly idleTimeout?: number | null | undefined;
  /**
   * For worker files that export functions: how many tasks a thread runs at a time, an integer from 1 to 1024. It is for
   * tasks that wait; a task that computes blocks the others of its thread. A pool of native tasks refuses this option.
   * @default 1
   */
  readonly concurrency?: number | null | undefined;
  /** For worker files: when threads are replaced by new ones. A pool of native tasks refuses this option. */
  readonly recycle?: RecycleOptions | null | undefined;
  /**
   * How many tasks may wait while every worker is busy: a non-negative integer, or `Infinity` for no
   * limit. Further tasks are refused.
   * @default Infinity
   */
  readonly maxQueue?: number | null | undefined;
  /**
   * How many bytes the data of waiting native tasks may have: a non-negative number, or `Infinity` for no limit.
   * Further tasks are refused. A task that is larger by itself is admitted while no other waits. A pool of a worker
   * file, and one of `native:fib`, ignores this option.
   * @default Infinity
   */
  readonly maxQueueBytes?: number | null | undefined;
  /**
   * For worker files: the options of each `Worker` of `node:worker_threads`, except `eval`. With `stdout` or `stderr`,
   * the output of the threads goes to {@link WorkerPool.stdout} and {@link WorkerPool.stderr}. A built-in worker ignores
   * these options.
   */
  readonly workerOptions?: Omit<WorkerOptions, 'eval'> | null | undefined;
  /**
   * For worker files: how long a running task may continue after it was aborted or exceeded its `timeout`, in
   * milliseconds. Then its thread is terminated and replaced, as soon as it runs no other task. A forced close
   * terminates it at once.
   * @default 0, or 1000 with a `concurrency` above 1
   */
  readonly abortTimeout?: number | null | undefined;
  /**
   * For native tasks: `'below'` lowers the priority of the threads, so that the event loop keeps its core while all
   * workers are busy. On a machine with other busy programs, tasks then take longer. A pool of a worker file ignores
   * this option.
   * @default 'normal'
   */
  readonly threadPriority?: 'normal' | 'below' | null | undefined;
}

/**
 * When the thread of a worker file is replaced, between two tasks. The new thread is started while the old one still
 * runs tasks. No task is lost.
 */
export interface RecycleOptions {
  /**
   * How many tasks a thread runs, including those that fail: a positive integer. The count is exact, so a task may wait
   * until the new thread has loaded its file. If the system refuses a new thread, the old one goes on.
   * @default Infinity
   */
  readonly tasks?: number | null | undefined;
  /**
   * How many bytes the JavaScript heap of a thread may have after a task. The old thread runs tasks until the new one
   * has loaded its file.
   * @default Infinity
   */
  readonly memory?: number | null | undefined;
}

/** The second argument of the function of a worker file. */
export interface WorkerContext {
  /**
   * Aborts when the task is aborted or exceeds its `timeout`. The reason is the caller's, if it can be cloned. Useful
   * with {@link WorkerPoolOptions.abortTimeout}.
   */
  readonly signal: AbortSignal;
  /** The number of the worker in its pool, from 1. A thread that replaces another one has the same number. */
  readonly workerId: number;
  /** Reports a value to the `onProgress` of `run`. Has no effect after the task has ended. */
  readonly progress: (value: unknown, transfer?: readonly Movable[]) => void;
  /** Wraps a return value whose parts in `list` are moved instead of copied. */
  readonly transfer: <T>(value: T, list: readonly Movable[]) => Transferred<T>;
}

/** A result with parts that are moved instead of copied. */
export interface Transferred<T> {
  readonly value: T;
  readonly list: readonly Movable[];
}

/**
 * The function that a worker file exports (`module.exports` or `export default`). It is called for each task of
 * `WorkerPool<In, Out>`. If it throws or rejects, the task rejects with the same error.
 */
export type WorkerFunction<In, Out> = (
  data: In,
  context: WorkerContext,
) => Out | Transferred<Out> | PromiseLike<Out | Transferred<Out>>;

/** Options of a task. `Value` is what it reports to `onProgress`. */
export interface RunOptions<Value = unknown> {
  /**
   * Aborts the task: its promise rejects at once with an `AbortError` (`code: 'ABORT_ERR'`,
   * `cause: signal.reason`). A queued task leaves the queue. A running native task stops within milliseconds, and its
   * thread continues with the next task. The thread of a worker file is terminated and replaced, unless its task ends
   * by itself within {@link WorkerPoolOptions.abortTimeout}. Until the thread has stopped, its worker is *stopping*,
   * see {@link Stats.stopping}.
   */
  readonly signal?: AbortSignal | null | undefined;
  /**
   * How long the task may run, in milliseconds from its start; 0 allows no time at all. When the time is up, the
   * promise rejects and the task is stopped as by an abort. A native task stops on time even if the event loop is
   * blocked.
   * @default Infinity
   */
  readonly timeout?: number | null | undefined;
  /**
   * How long the task may wait for a worker, and for a worker file to load, in milliseconds from the call of `run`.
   * @default Infinity
   */
  readonly queueTimeout?: number | null | undefined;
  /**
   * A safe integer. Queued tasks with a higher priority start first; tasks of equal priority start in call order.
   * @default 0
   */
  readonly priority?: number | null | undefined;
  /**
   * The parts of the data to move to the worker instead of copying them. A worker file receives them when the task
   * starts. A native task moves memory of {@link WorkerPoolConstructor.allocate} and copies other
   * memory; `run` then detaches both.
   */
  readonly transfer?: readonly Movable[] | null | undefined;
  /**
   * Called with each value that a worker file reports by `context.progress`, or with the {@link TaskProgress} of a
   * native task at most 100 times a second. Values arrive in order, before the promise settles. An exception that
   * `onProgress` throws is an uncaught exception.
   */
  readonly onProgress?: ((value: Value) => void) | null | undefined;
}

/** The progress of a `map` or `stream`. */
export interface Progress {
  /** Tasks with a result. */
  done: number;
  /** All tasks; undefined if `items` has no `length`. */
  total: number | undefined;
}

/** Options of `map`. The time limits and the priority apply to each task. */
export interface MapOptions extends Pick<RunOptions, 'timeout' | 'queueTimeout' | 'priority'> {
  /** Stops everything; the promise rejects with an `AbortError`. */
  readonly signal?: AbortSignal | null | undefined;
  /** Called after each task. An exception that it throws rejects the promise and stops everything. */
  readonly onProgress?: ((progress: Progress) => void) | null | undefined;
}

/** Options of `stream`. The time limits and the priority apply to each task. */
export interface StreamOptions extends Pick<RunOptions, 'timeout' | 'queueTimeout' | 'priority'> {
  /** Stops everything; the next result rejects with an `AbortError`. */
  readonly signal?: AbortSignal | null | undefined;
  /** Called when a task has a result, consumed or not. An exception that it throws stops the stream. */
  readonly onProgress?: ((progress: Progress) => void) | null | undefined;
  /**
   * Whether to yield results in the order of the items instead of as they arrive.
   * @default true
   */
  readonly ordered?: boolean | null | undefined;
}

/** Options of `close`. */
export interface CloseOptions {
  /**
   * Whether to reject queued tasks with `ERR_POOL_CLOSED`. Running ones finish.
   * @default false
   */
  readonly drop?: boolean | null | undefined;
  /**
   * Rejects queued and running tasks with `ERR_POOL_CLOSED` instead of waiting for them.
   * @default false
   */
  readonly force?: boolean | null | undefined;
  /**
   * How long the close stays graceful before it is forced, in milliseconds.
   * @default Infinity
   */
  readonly timeout?: number | null | undefined;
}

/** Statistics of durations, in milliseconds; all 0 before the first one. */
export interface Times {
  /** How many durations there are. */
  count: number;
  min: number;
  mean: number;
  /** The standard deviation. */
  stddev: number;
  p50: number;
  p90: number;
  p99: number;
  /** The 99.9th percentile. */
  p999: number;
  max: number;
  /** How many durations are at most as long as each bound of {@link StatsOptions.buckets}, if that was given. */
  buckets?: number[];
}

/** What one worker has done since the pool was created. */
export interface WorkerStats {
  /** The number of the worker, from 1; `context.workerId` of its tasks in a worker file. */
  workerId: number;
  /** The `threadId` of its thread in a worker file; `undefined` for native tasks. */
  threadId: number | undefined;
  /** The tasks that it runs: 0 or 1, or more with `concurrency`. */
  running: number;
  /** Its tasks that have settled and not stopped. */
  stopping: number;
  /** Tasks that have ended, whatever their outcome. */
  ended: number;
  /** The time that it has spent on tasks, in milliseconds. Times of tasks that run at the same time are added up. */
  busyTime: number;
}

/** Options of `stats`. */
export interface StatsOptions {
  /**
   * Whether `waitTime` and `runTime` start anew after this call. A task belongs to exactly one of two such periods. The
   * counts go on.
   * @default false
   */
  readonly reset?: boolean | null | undefined;
  /**
   * Upper bounds in milliseconds, at most 1024, for example those of a Prometheus histogram. `waitTime` and `runTime` then
   * have `buckets`.
   */
  readonly buckets?: readonly number[] | null | undefined;
  /**
   * Whether the result has `workers`, one entry for each worker that has a thread.
   * @default false
   */
  readonly workers?: boolean | null | undefined;
}

/**
 * Counts and durations since the pool was created. At every moment,
 * `submitted = completed + failed + aborted + timedOut + queued + running`.
 */
export interface Stats {
  /** The largest number of workers. After a reduction by `resize`, more may run or stop until their tasks have ended. */
  size: number;
  /** Threads, including those that are being started. A thread that ends because it is not needed does not count. */
  threads: number;
  /** Workers without a task. With `concurrency`, the number of tasks that could run beside those that run. */
  idle: number;
  /** Running tasks. */
  running: number;
  /**
   * Workers that have not stopped yet although their task has settled: it was aborted, exceeded its `timeout`, or was
   * rejected by a forced close. Until the pool is closed, `size * concurrency = idle + running + stopping`, not counting
   * workers whose thread cannot be started.
   */
  stopping: number;
  /** Waiting tasks. */
  queued: number;
  /** The bytes of the data of waiting native tasks other than `native:fib`; 0 in other pools. */
  queuedBytes: number;
  /** Admitted tasks. */
  submitted: number;
  /** Tasks with a result. */
  completed: number;
  /** Tasks with an error of their own, or whose worker died. */
  failed: number;
  /** Tasks that were aborted by their signal, or rejected by a forced close. */
  aborted: number;
  /** Tasks that exceeded a time limit. */
  timedOut: number;
  /** Tasks that were never admitted, because the queue was full or the pool was closing. */
  refused: number;
  /** Workers that died. */
  crashes: number;
  /** From `run` to the start, of every task that has started. Quantiles are accurate to one percent. */
  waitTime: Times;
  /** From the start to the end, of every task that has started and ended. */
  runTime: Times;
  /** The share of the workers' time spent on tasks, from 0 to 1. */
  utilization: number;
  /** Present with {@link StatsOptions.workers}. */
  workers?: WorkerStats[];
}

/** The codes of the errors that the package creates. They never change. */
export type WorkerPoolErrorCode =
  | 'ERR_POOL_QUEUE_FULL'
  | 'ERR_POOL_CLOSED'
  | 'ERR_POOL_TIMEOUT'
  | 'ERR_POOL_QUEUE_TIMEOUT'
  | 'ERR_POOL_CRASH'
  | 'ERR_POOL_WORKER_NOT_FOUND'
  | 'ERR_POOL_TASK_NOT_FOUND'
  | 'ERR_INVALID_DATA'
  | 'ERR_BUFFER_TOO_LARGE'
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

/** A thread of a worker file. */
export interface WorkerIdentity {
  /** The `threadId` of `node:worker_threads` in that thread. */
  threadId: number;
  /** The number of the worker in its pool, from 1. A thread that replaces another one has the same number. */
  workerId: number;
}

/** The events of a pool and the arguments of their listeners. */
export interface WorkerPoolEvents {
  /**
   * A worker died and is replaced. If it was running a task that had not settled yet, the task rejected with the same
   * error. A worker file may have thrown something other than an `Error`.
   *
   * Also emitted when a thread that tasks need cannot be started (`ERR_WORKER_INIT_FAILED`), and not again until a
   * start has succeeded. The pool continues with the threads it has, and retries while tasks wait.
   */
  // biome-ignore lint/suspicious/noExplicitAny: anything can be thrown
  crash: [error: any];
  /** There is room in the queue again after a task was refused. */
  drain: [];
  /** A thread of a worker file was started. Those of a new pool are reported after the constructor has returned. */
  workerCreate: [worker: WorkerIdentity];
  /** A thread has loaded its file. */
  workerReady: [worker: WorkerIdentity];
  /** A thread has ended, for whatever reason. */
  workerExit: [worker: WorkerIdentity & { exitCode: number }];
  /**
   * A worker file has called `parentPort.postMessage(value)`, and the value answers no task. In a file of function style,
   * no message is an answer.
   */
  // biome-ignore lint/suspicious/noExplicitAny: any value that can be cloned
  message: [value: any, worker: WorkerIdentity];
}

/**
 * Workers, each of which runs one task at a time, and the queue that they share.
 *
 * The type argument selects the input and the result of the tasks:
 *
 * - `WorkerPool<'native:hash'>` infers both from the name, `WorkerPool<'native'>` and
 *   `WorkerPool<{ checksum: 'native:hash' }>` from the option `name`;
 * - `WorkerPool<NativeTask<In, Out>>` is a pool of a task that an addon exports;
 * - `WorkerPool<In, Out>` is a pool of a worker file with one type of input and one of results;
 * - `WorkerPool<typeof import('./tasks.js')>` infers both from the functions that a worker file exports.
 */
export interface WorkerPool<In = 'native:fib', Out = unknown> extends EventEmitter<WorkerPoolEvents> {
  /** The largest number of workers. Only {@link resize} changes it: a worker that dies is replaced. */
  readonly size: number;

  /**
   * The resolved path of the worker file, the name of the built-in worker (`native:fib`, `native`), or that of the task
   * of an addon.
   */
  readonly workerFile: string;

  /** How many tasks may wait while every worker is busy. */
  readonly maxQueue: number;

  /** Workers without a task. */
  readonly idle: { readonly length: number };

  /** Waiting tasks. */
  readonly queue: { readonly length: number };

  /** All workers; 0 once the pool is closed. */
  readonly all: { readonly size: number };

  /**
   * Runs a task. If a worker is idle, the task starts at once, even if the event loop is blocked right afterwards. (In
   * a worker file, it starts once the file has loaded.) Otherwise the task waits; tasks start in call order.
   *
   * Never throws. A built-in worker reads `data` before `run` returns. For a worker file, `data` is cloned when the
   * task is posted to a thread; do not change it until the task settles.
   *
   * @param data The input of the task.
   * @param options Options of the task.
   * @returns A promise of the result. It rejects with
   *   - `ERR_POOL_QUEUE_FULL` when every worker is busy and `maxQueue` tasks or `maxQueueBytes` bytes wait,
   *   - `ERR_POOL_CLOSED` after `close()`, or when the pool is closed by force before the task has ended,
   *   - `ABORT_ERR` (AbortError) when `signal` aborts,
   *   - `ERR_POOL_TIMEOUT` and `ERR_POOL_QUEUE_TIMEOUT` when a time limit is exceeded,
   *   - `ERR_INVALID_ARG_TYPE`, `ERR_INVALID_ARG_VALUE` (TypeError) or `ERR_OUT_OF_RANGE` (RangeError) for a
   *     bad option, which the message names,
   *   - `ERR_POOL_TASK_NOT_FOUND` when there is no task of that `name`,
   *   - `ERR_INVALID_ARG_VALUE` (TypeError, `Invalid n: …`) for data that `native:fib` does not accept,
   *     and `ERR_OUT_OF_RANGE` (RangeError) for n above 78,
   *   - these three codes, `ERR_INVALID_DATA` and `ERR_BUFFER_TOO_LARGE` (RangeError) for data that another native task
   *     does not accept, see docs/tasks/,
   *   - `ENOENT`, `EACCES` and so on for a `file` that cannot be read,
   *   - the error that a worker file throws or rejects with, or that ended its thread,
   *   - Node's `DataCloneError` for data or a result of a worker file that cannot be cloned,
   *   - `ERR_POOL_CRASH` when the worker died during the task without an error of its own.
   */
  run<
    Name extends TaskNameOf<In, Out> = DefaultTaskOf<In, Out>,
    const Data extends InputOf<In, Out, Name> = InputOf<In, Out, Name>,
  >(
    data: DataArgument<In, Out, Name, Data>,
    options?: (RunOptions<ProgressOf<In, Out>> & TaskSelection<Name>) | null,
  ): Promise<ResultOf<In, Out, Name, Data>>;

  /**
   * Runs a task for each item, with a bounded number in flight.
   *
   * @returns A promise of the results in the order of the items. It rejects with the first error of a task, the source,
   *   `onProgress` or `signal`; the tasks in flight are then aborted.
   */
  map<
    Name extends TaskNameOf<In, Out> = DefaultTaskOf<In, Out>,
    Data extends InputOf<In, Out, Name> = InputOf<In, Out, Name>,
  >(
    items:
      | Iterable<ItemOf<In, Out, Name, Data> | PromiseLike<ItemOf<In, Out, Name, Data>>>
      | AsyncIterable<ItemOf<In, Out, Name, Data>>,
    options?: (MapOptions & TaskSelection<Name>) | null,
  ): Promise<ResultOf<In, Out, Name, Data>[]>;

  /**
   * Runs a task for each item and yields the results. Pulls items from the source only as results are consumed, a
   * bounded number ahead. The first `next()` starts it.
   *
   * @returns An iterator that ends at the first error, or when the caller leaves the loop; the tasks in flight are then
   *   aborted.
   * @throws TypeError or RangeError for items that are not iterable or a bad option.
   */
  stream<
    Name extends TaskNameOf<In, Out> = DefaultTaskOf<In, Out>,
    Data extends InputOf<In, Out, Name> = InputOf<In, Out, Name>,
  >(
    items:
      | Iterable<ItemOf<In, Out, Name, Data> | PromiseLike<ItemOf<In, Out, Name, Data>>>
      | AsyncIterable<ItemOf<In, Out, Name, Data>>,
    options?: (StreamOptions & TaskSelection<Name>) | null,
  ): AsyncIterableIterator<ResultOf<In, Out, Name, Data>> & AsyncDisposable;

  /**
   * Returns an object with a function for each task: `pool.proxy().hash(data, options)` is
   * `pool.run(data, { ...options, name: 'hash' })`.
   */
  proxy(): TaskProxy<In, Out>;

  /**
   * Resolves when a task would be admitted. Call `run` right after awaiting it: that call is not refused, even with
   * several such loops. A `run` that did not await `ready()` may use the reserved room. Rejects with `ERR_POOL_CLOSED`
   * when the pool closes.
   */
  ready(): Promise<void>;

  /**
   * Sends a value to all threads of a worker file, which receive it by `parentPort.on('broadcast', (value) => ...)`. A
   * thread that is loading receives it before its first task; one that is started later does not.
   *
   * @throws {DataCloneError} if the value cannot be cloned.
   * @throws {TypeError} `ERR_INVALID_ARG_VALUE` in a pool of native tasks.
   * @throws {Error} `ERR_POOL_CLOSED` after `close()`.
   */
  broadcast(value: unknown): void;

  /**
   * What the threads of a worker file print, if `workerOptions.stdout` is set; `null` otherwise. The streams of all
   * threads are merged. Output is discarded until this property is first read; from then on, it stays in memory
   * until it is read. Ends when the pool has closed.
   */
  readonly stdout: Readable | null;

  /** The same for `workerOptions.stderr`. */
  readonly stderr: Readable | null;

  /** Returns counts and durations since the pool was created, or since the durations were reset. */
  stats(options?: StatsOptions | null): Stats;

  /**
   * Changes the number of workers. A larger one applies at once. After a reduction, busy workers finish their tasks, and
   * idle threads end. `minSize` is reduced to `size` if it is larger.
   *
   * @param size From 1 to 1024.
   * @throws {RangeError} `ERR_OUT_OF_RANGE` for other sizes.
   * @throws {Error} `ERR_POOL_CLOSED` after `close()`.
   */
  resize(size: number): void;

  /**
   * Stops admitting tasks, waits for queued and running tasks, and ends the threads. A later call can force a close
   * that began gracefully.
   *
   * @returns A promise that resolves when the threads are gone. A forced close resolves after five seconds at the
   *   latest, since native code that never returns cannot be interrupted. Every call returns the same promise, except
   *   that a call with bad options rejects.
   */
  close(options?: CloseOptions | null): Promise<void>;

  /** Closes the pool gracefully at the end of an `await using` block. */
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * The constructors of {@link WorkerPool}. A subclass names the type it extends:
 * `class Mine extends WorkerPool<'native:fib'>` or `extends WorkerPool<In, Out>`.
 */
export interface WorkerPoolConstructor {
  /** Creates a pool of `native:fib`. */
  new (size: number, worker: null | undefined, options?: WorkerPoolOptions | null): WorkerPool<'native:fib'>;

  /**
   * Creates a pool of native tasks.
   *
   * @param size Number of workers, 1 to 1024.
   * @param worker `'native:NAME'` for one built-in task, `'native'` for all of them, a task that an addon exports, or an
   *   object of tasks with names of your choice: `{ checksum: 'native:hash', blur }`.
   * @throws RangeError `ERR_OUT_OF_RANGE` (`Invalid pool size: …`, or a message that names the option), TypeError
   *   `ERR_INVALID_ARG_TYPE` or `ERR_INVALID_ARG_VALUE` with the name of the argument, Error
   *   `ERR_POOL_WORKER_NOT_FOUND` when there is no such worker, Error `ERR_WORKER_INIT_FAILED` when no thread can be
   *   started.
   */
  new <Tasks extends 'native' | keyof BuiltInWorkers | NativeTask<never, unknown> | TaskTable = 'native:fib'>(
    size: number,
    worker?: Tasks | null | undefined,
    options?: WorkerPoolOptions | null,
  ): WorkerPool<Tasks>;

  /**
   * Creates a pool of a worker file, which runs on threads of `worker_threads`. If its directive prologue contains
   * `'use native:NAME'`, the built-in worker of that name runs the tasks instead.
   *
   * @param size Number of workers, 1 to 1024.
   * @param worker Path or `file:` URL of the worker file.
   * @throws The same errors as for a built-in task, and any error that `Worker` throws for its options.
   */
  // biome-ignore lint/suspicious/noExplicitAny: the input and the result of a worker file are not known here
  new (size: number, worker: string | URL | null | undefined, options?: WorkerPoolOptions | null): WorkerPool<any, any>;

  /**
   * Creates a pool of a worker file with the input `In` and the result `Out`, or with the exports `In`:
   * `new WorkerPool<typeof import('./tasks.js')>(4, './tasks.js')`.
   */
  new <In, Out = unknown>(size: number, worker: string | URL, options?: WorkerPoolOptions | null): WorkerPool<In, Out>;

  /**
   * Returns an array of zeros with a buffer of its own. If `transfer` lists that buffer, a native task receives the
   * memory without a copy.
   *
   * @param bytes A non-negative safe integer.
   * @throws TypeError `ERR_INVALID_ARG_TYPE`, RangeError `ERR_OUT_OF_RANGE`, or RangeError `ERR_BUFFER_TOO_LARGE` if
   *   the system does not have the memory.
   */
  allocate(bytes: number): Uint8Array;

  // biome-ignore lint/suspicious/noExplicitAny: a subclass may name any type
  readonly prototype: WorkerPool<any, any>;
}

export declare const WorkerPool: WorkerPoolConstructor;

// biome-ignore lint/complexity/noUselessEmptyExport: without it, all declarations of the file would be exported.
export {};
