'use strict';

const { test } = require('node:test');
const assert = require('node:assert/strict');
const { bytesOf, integersOf } = require('./support/bytes');
const { FORMATS, NODE, levelsOf, withPool } = require('./support/compression');
const { scale } = require('./support/scale');
const { textOf } = require('./support/texts');

/** The size of one read in bytes; see crates/workers/src/source.rs. */
const PIECE = 128 * 1024;

const around = (length) => [length - 1, length, length + 1];

/** Lengths around the block and window sizes of the formats and the read size, and random lengths. */
const LENGTHS = [
  0,
  1,
  2,
  ...[32, 64, 128, 256, 512].flatMap((kib) => around(kib * 1024)),
  ...around(2 ** 20),
  ...around(3 * PIECE),
  ...integersOf('lengths', scale(60, 6), 5000),
  ...integersOf('long lengths', scale(20, 3), 6 * PIECE),
];

for (const format of Object.keys(NODE)) {
  test(
    `${format} round-trips through node:zlib in both directions at every length`,
    withPool(async ({ compress, decompress }) => {
      const level = format === 'brotli' ? 4 : 6;
      for (const length of LENGTHS) {
        for (const data of [textOf(format, length), bytesOf(format, length)]) {
          const ours = await compress({ data, format, level });
          assert.ok(NODE[format].decompress(ours).equals(data), `${length} bytes`);
          const theirs = NODE[format].compress(data, level);
          assert.ok((await decompress({ data: theirs, format })).equals(data), `${length} bytes`);
        }
      }
    }),
  );

  test(
    `node:zlib decompresses every level of ${format}`,
    withPool(async ({ compress }) => {
      const data = Buffer.concat([textOf(format, scale(200_000, 40_000)), bytesOf(format, 5000)]);
      for (const level of levelsOf(format)) {
        const compressed = await compress({ data, format, level });
        assert.ok(NODE[format].decompress(compressed).equals(data), `level ${level}`);
      }
    }),
  );
}

for (const format of Object.keys(FORMATS)) {
  test(
    `${format} round-trips at every level, and the highest level compresses better than the lowest`,
    withPool(async ({ compress, decompress }) => {
      const data = textOf(format, scale(2 * PIECE + 17, PIECE / 2));
      const lengths = [];
      for (const level of levelsOf(format)) {
        const compressed = await compress({ data, format, level });
        lengths[level] = compressed.length;
        assert.ok((await decompress({ data: compressed, format })).equals(data), `level ${level}`);
      }
      const { min, max } = FORMATS[format];
      assert.ok(lengths[max] < lengths[min], lengths.join());
    }),
  );

  test(
    `${format} grows random data by at most 0.5 % and 64 bytes`,
    withPool(async ({ compress, decompress }) => {
      for (const length of [0, 1, 1000, PIECE + 1, 5 * PIECE]) {
        const data = bytesOf(format, length);
        const compressed = await compress({ data, format, level: FORMATS[format].min });
        assert.ok(compressed.length <= length * 1.005 + 64, `${length} bytes became ${compressed.length}`);
        assert.ok((await decompress({ data: compressed, format })).equals(data));
      }
    }),
  );
}

test(
  'defaults to gzip, and to level 6, brotli 11, zstd 3 and lz4 1',
  withPool(async ({ compress }) => {
    const data = textOf('defaults', 50_000);
    assert.deepEqual(await compress({ data }), await compress({ data, format: 'gzip', level: 6 }));
    const nothing = { file: undefined, format: null, level: null, output: undefined };
    assert.deepEqual(await compress({ data, ...nothing }), await compress({ data }));
    const defaults = { deflate: 6, 'deflate-raw': 6, brotli: 11, zstd: 3, lz4: 1 };
    for (const [format, level] of Object.entries(defaults)) {
      assert.deepEqual(await compress({ data, format }), await compress({ data, format, level }), format);
    }
  }),
);

test(
  'compresses the same data to the same bytes, without a time or a file name',
  withPool(async ({ compress }) => {
    const gzip = await compress({ data: 'hello' });
    // No flags, so no file name; modification time 0; operating system 3 (Unix) on every platform.
    assert.equal(gzip.subarray(0, 10).toString('hex'), '1f8b0800000000000003');
    for (const format of Object.keys(FORMATS)) {
      const data = textOf(format, 3 * PIECE);
      assert.deepEqual(await compress({ data, format, level: 5 }), await compress({ data, format, level: 5 }));
    }
  }),
);

test(
  'returns a Buffer with its own ArrayBuffer',
  withPool(async ({ compress, decompress }) => {
    for (const length of [0, 10, 100_000, 9_000_000]) {
      const data = bytesOf('result', length);
      const compressed = await compress({ data, level: 1 });
      assert.ok(Buffer.isBuffer(compressed));
      const result = await decompress({ data: compressed });
      assert.ok(Buffer.isBuffer(result));
      for (const buffer of [compressed, result]) assert.equal(buffer.buffer.byteLength, buffer.length);
    }
  }),
);

test(
  'compresses a string, a buffer and every kind of view to the same bytes',
  withPool(async ({ compress }) => {
    const text = 'Grüße, 世界 '.repeat(50);
    const bytes = new Uint8Array(Buffer.from(text));
    const shared = new Uint8Array(new SharedArrayBuffer(bytes.length));
    shared.set(bytes);
    const expected = await compress({ data: text });
    for (const data of [bytes, bytes.buffer, Buffer.from(bytes), new DataView(bytes.buffer), shared, shared.buffer]) {
      assert.deepEqual(await compress({ data }), expected);
    }
  }),
);

test(
  'refuses invalid fields and names the accepted values',
  withPool(async ({ compress, decompress }) => {
    const data = 'x';
    const refused = (task, given, code, message) => assert.rejects(task(given), { code, message });
    await refused(compress, {}, 'ERR_INVALID_ARG_VALUE', /either data or file/);
    await refused(compress, { data, file: 'a' }, 'ERR_INVALID_ARG_VALUE', /either data or file/);
    await refused(compress, { data, levels: 3 }, 'ERR_INVALID_ARG_VALUE', /data\.levels.*did you mean level/);
    await refused(compress, { data, strategy: 3 }, 'ERR_INVALID_ARG_VALUE', /data, file, format, level, output/);
    await refused(decompress, { data, maxOutputLenght: 3 }, 'ERR_INVALID_ARG_VALUE', /did you mean maxOutputLength/);
    const names = /gzip, deflate, deflate-raw, brotli, zstd, lz4/;
    await refused(compress, { data, format: 'auto' }, 'ERR_OUT_OF_RANGE', names);
    await refused(compress, { data, format: 'gz' }, 'ERR_OUT_OF_RANGE', names);
    await refused(decompress, { data, format: 'zip' }, 'ERR_OUT_OF_RANGE', /auto, gzip/);
    await refused(compress, { data, format: 5 }, 'ERR_INVALID_ARG_TYPE', /data\.format/);
    await refused(compress, { data, level: '5' }, 'ERR_INVALID_ARG_TYPE', /data\.level/);
    await refused(compress, { data, output: 5 }, 'ERR_INVALID_ARG_TYPE', /data\.output/);
    await refused(compress, { data, output: 'a\0b' }, 'ERR_OUT_OF_RANGE', /data\.output/);
    for (const maxOutputLength of [-1, Number.NaN]) {
      await refused(decompress, { data, maxOutputLength }, 'ERR_OUT_OF_RANGE', /data\.maxOutputLength/);
    }
    for (const [format, { min, max }] of Object.entries(FORMATS)) {
      for (const level of [min - 1, max + 1, 1.5, Number.NaN, Infinity]) {
        const message = new RegExp(`data\\.level.* ${min} to ${max} for ${format}`);
        await refused(compress, { data, format, level }, 'ERR_OUT_OF_RANGE', message);
      }
    }
  }),
);
