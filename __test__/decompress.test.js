'use strict';

const { test } = require('node:test');
const assert = require('node:assert/strict');
const path = require('node:path');
const zlib = require('node:zlib');
const { bytesOf } = require('./support/bytes');
const { runProgram } = require('./support/child');
const { FORMATS, withPool } = require('./support/compression');
const { crc32 } = require('./support/crc32');
const { directoryOf } = require('./support/files');
const { noPeakMemory } = require('./support/peak-memory');
const { scale } = require('./support/scale');
const { textOf } = require('./support/texts');

const turn = () => new Promise(setImmediate);

const DETECTED = ['gzip', 'deflate', 'zstd', 'lz4'];
const WITH_MEMBERS = ['gzip', 'zstd', 'lz4'];

/** Formats without a checksum, in which not every changed byte can be detected. */
const WITHOUT_CHECKSUM = ['deflate-raw', 'brotli'];

/** Compresses at a fast level. */
const fast = (compress, format, data) => compress({ data, format, level: Math.max(1, FORMATS[format].min) });

test(
  'detects the format by its first bytes',
  withPool(async ({ compress, decompress }) => {
    const data = textOf('auto', 10_000);
    for (const format of DETECTED) {
      const compressed = await fast(compress, format, data);
      assert.ok((await decompress({ data: compressed })).equals(data), format);
      assert.ok((await decompress({ data: compressed, format: 'auto' })).equals(data), format);
    }
    for (const level of [0, 1, 6, 9]) {
      assert.ok(
        (await decompress({ data: zlib.deflateSync(data, { level, windowBits: 9 + (level % 7) }) })).equals(data),
      );
    }
  }),
);

test(
  'rejects data whose format cannot be detected and names the field to set',
  withPool(async ({ compress, decompress }) => {
    const data = textOf('unknown', 1000);
    const unknown = [...WITHOUT_CHECKSUM.map((format) => fast(compress, format, data)), data, Buffer.alloc(20)];
    for (const given of await Promise.all(unknown)) {
      await assert.rejects(decompress({ data: given }), {
        name: 'Error',
        code: 'ERR_INVALID_DATA',
        message: /at byte 0: .*gzip, zlib, zstd or lz4; brotli.* cannot be recognized: pass data\.format/,
      });
    }
    await assert.rejects(decompress({ data: '' }), { code: 'ERR_INVALID_DATA', message: /unexpected end/ });
  }),
);

test(
  'decompresses concatenated members as one stream, including empty members',
  withPool(async ({ compress, decompress }) => {
    for (const format of WITH_MEMBERS) {
      const parts = Array.from({ length: 300 }, (_, i) => textOf(i, i % 10 === 0 ? 0 : i * 7));
      const members = await Promise.all(parts.map((data) => fast(compress, format, data)));
      const result = await decompress({ data: Buffer.concat(members) });
      assert.ok(result.equals(Buffer.concat(parts)), format);
    }
  }),
);

test(
  'skips skippable frames of zstd and lz4',
  withPool(async ({ compress, decompress }) => {
    const skippable = Buffer.from('502a4d1803000000616263', 'hex'); // magic number, length 3, 'abc'
    for (const format of ['zstd', 'lz4']) {
      const [first, second] = [await compress({ data: 'one', format }), await compress({ data: 'two', format })];
      const data = Buffer.concat([skippable, first, skippable, second, skippable]);
      assert.equal(String(await decompress({ data, format })), 'onetwo', format);
    }
  }),
);

test(
  'decompresses gzip with a name, a comment, an extra field and a header checksum',
  withPool(async ({ decompress }) => {
    const body = zlib.gzipSync('text').subarray(10);
    const fixed = Buffer.from('1f8b081f000000000003', 'hex'); // all flags
    const header = Buffer.concat([fixed, Buffer.from('0300616263', 'hex'), Buffer.from('name\0comment\0')]);
    const checksum = Buffer.alloc(2);
    checksum.writeUInt16LE(crc32(header) & 0xffff);
    assert.equal(String(await decompress({ data: Buffer.concat([header, checksum, body]) })), 'text');
    checksum[0] ^= 1;
    await assert.rejects(decompress({ data: Buffer.concat([header, checksum, body]) }), {
      code: 'ERR_INVALID_DATA',
      message: /gzip .*header crc mismatch/,
    });
  }),
);

test(
  'rejects a wrong checksum or length and names which is wrong',
  withPool(async ({ decompress }) => {
    const gzip = zlib.gzipSync('text');
    const damaged = (position) => {
      const copy = Buffer.from(gzip);
      copy[copy.length - position] ^= 1;
      return { data: copy };
    };
    const code = 'ERR_INVALID_DATA';
    await assert.rejects(decompress(damaged(8)), {
      code,
      message: /^Damaged gzip data at byte \d+: incorrect data check$/,
    });
    await assert.rejects(decompress(damaged(1)), { code, message: /incorrect length check$/ });
    const deflate = zlib.deflateSync('text');
    deflate[deflate.length - 1] ^= 1;
    await assert.rejects(decompress({ data: deflate }), { code, message: /deflate .*incorrect data check$/ });
  }),
);

test(
  'reports the position of damage',
  withPool(async ({ compress, decompress }) => {
    const data = await compress({ data: textOf('where', 4e6), level: 1 });
    assert.ok(data.length > 1e6);
    data.fill(0xff, 700_000, 700_100);
    await assert.rejects(decompress({ data }), ({ code, message }) => {
      assert.equal(code, 'ERR_INVALID_DATA');
      const [, offset] = message.match(/^Damaged gzip data at byte (\d+): /);
      assert.ok(Math.abs(Number(offset) - 700_000) < 300_000, message);
      return true;
    });
  }),
);

test(
  'rejects data truncated at any byte',
  withPool(async ({ compress, decompress }) => {
    for (const format of Object.keys(FORMATS)) {
      const data = textOf(format, 300);
      const compressed = await fast(compress, format, data);
      const lengths = Array.from(compressed.keys());
      await Promise.all(
        lengths.map((length) =>
          assert.rejects(
            decompress({ data: compressed.subarray(0, length), format }),
            { code: 'ERR_INVALID_DATA', message: `Damaged ${format} data at byte ${length}: unexpected end` },
            `${format}, ${length} bytes`,
          ),
        ),
      );
    }
  }),
);

test(
  'never returns wrong contents for a changed byte in a format with a checksum',
  withPool(async ({ compress, decompress }) => {
    for (const format of Object.keys(FORMATS)) {
      const data = textOf(format, 200);
      const compressed = await fast(compress, format, data);
      for (let position = 0; position < compressed.length; position++) {
        for (const change of scale([1, 2, 4, 8, 16, 32, 64, 128, 255], [1, 128, 255])) {
          const damaged = Buffer.from(compressed);
          damaged[position] ^= change;
          const result = await decompress({ data: damaged, format }).catch((error) => error);
          if (Buffer.isBuffer(result)) {
            assert.ok(WITHOUT_CHECKSUM.includes(format) || result.equals(data), `${format}: byte ${position}`);
          } else {
            assert.match(result.code, /^ERR_(INVALID_DATA|BUFFER_TOO_LARGE)$/, `${format}: ${result}`);
          }
        }
      }
    }
  }),
);

test(
  'rejects garbage after the data, and accepts zeros after gzip as padding',
  withPool(async ({ compress, decompress }) => {
    for (const format of Object.keys(FORMATS)) {
      const compressed = await fast(compress, format, 'text');
      for (const garbage of ['x', '\x1f', 'garbage', '\x1f\x8b', bytesOf('garbage', 300)]) {
        const data = Buffer.concat([compressed, Buffer.from(garbage)]);
        await assert.rejects(decompress({ data, format }), { code: 'ERR_INVALID_DATA' }, `${format}: ${garbage}`);
      }
      const data = Buffer.concat([compressed, Buffer.alloc(1000)]);
      if (format === 'gzip') assert.equal(String(await decompress({ data })), 'text');
      else await assert.rejects(decompress({ data, format }), { code: 'ERR_INVALID_DATA' });
    }
  }),
);

test(
  'rejects data of another format than the given one',
  withPool(async ({ compress, decompress }) => {
    const data = textOf('wrong', 5000);
    for (const format of Object.keys(FORMATS)) {
      const compressed = await fast(compress, format, data);
      for (const other of Object.keys(FORMATS)) {
        if (other === format) continue;
        await assert.rejects(decompress({ data: compressed, format: other }), { code: 'ERR_INVALID_DATA' });
      }
    }
  }),
);

test(
  'stops a decompression bomb at maxOutputLength and names the limit',
  withPool(async ({ compress, decompress }) => {
    const length = scale(300e6, 30e6);
    const zeros = Buffer.alloc(length);
    for (const format of Object.keys(FORMATS)) {
      const data = await compress({ data: zeros, format, level: 2 });
      for (const maxOutputLength of [0, 1, 1e6, length - 1]) {
        await assert.rejects(decompress({ data, format, maxOutputLength }), {
          name: 'RangeError',
          code: 'ERR_BUFFER_TOO_LARGE',
          message: `The decompressed data are larger than data.maxOutputLength, ${maxOutputLength} bytes`,
        });
      }
      for (const maxOutputLength of [length, Infinity]) {
        assert.equal((await decompress({ data, format, maxOutputLength })).length, length);
      }
    }
  }),
);

test(
  'maxOutputLength defaults to 1 GiB',
  withPool(async ({ decompress }) => {
    // A zstd frame whose header announces `length` bytes, without any content.
    const frame = (length) => {
      const header = Buffer.from('28b52ffdc0000000000000000000', 'hex');
      header.writeBigUInt64LE(BigInt(length), 6);
      return header;
    };
    await assert.rejects(decompress({ data: frame(2 ** 30 + 1) }), {
      code: 'ERR_BUFFER_TOO_LARGE',
      message: /1073741824 bytes/,
    });
    await assert.rejects(decompress({ data: frame(2 ** 30) }), { code: 'ERR_INVALID_DATA' });
  }),
);

test('refuses a decompression bomb without allocating its output', { skip: noPeakMemory }, async (t) => {
  const formats = ['gzip', 'brotli', 'zstd', 'lz4'];
  const directory = directoryOf(t, {});
  // The bombs are written here, so that the peak of the child is its own.
  await withPool(async ({ compress }) => {
    for (const format of formats) {
      await compress({ data: Buffer.alloc(200e6), format, level: 2, output: path.join(directory, format) });
    }
  })();
  const { code, stdout, stderr } = await runProgram(`
    const { readFileSync } = require('node:fs');
    const peak = () => 1024 * /VmHWM:\\s*(\\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))[1];
    (async () => {
      const pool = new WorkerPool(1, 'native:decompress');
      const bombs = ${JSON.stringify(formats)}.map((name) => readFileSync(${JSON.stringify(directory)} + '/' + name));
      const before = peak();
      for (const data of bombs) {
        const format = data === bombs[1] ? 'brotli' : 'auto';
        await pool.run({ data, format, maxOutputLength: 1e6 }).catch(({ code }) => console.log(code));
      }
      await pool.close();
      console.log(peak() - before);
    })();
  `);
  assert.deepEqual({ code, stderr }, { code: 0, stderr: '' });
  const lines = stdout.trim().split('\n');
  assert.deepEqual(
    lines.slice(0, -1),
    formats.map(() => 'ERR_BUFFER_TOO_LARGE'),
  );
  assert.ok(Number(lines.at(-1)) < 32e6, `${lines.at(-1)} bytes`);
});

test(
  'stops on abort and timeout while it decompresses',
  withPool(async ({ pool, compress, decompress }) => {
    const data = await compress({ data: Buffer.alloc(2e8), format: 'zstd', level: 1 });
    const controller = new AbortController();
    const many = Buffer.concat(Array.from({ length: 40 }, () => data)); // 8 GB
    const aborted = decompress({ data: many, maxOutputLength: Infinity }, { signal: controller.signal });
    while (pool.stats().running === 0) await turn();
    controller.abort('enough');
    await assert.rejects(aborted, { code: 'ABORT_ERR', cause: 'enough' });
    await assert.rejects(decompress({ data: many, maxOutputLength: Infinity }, { timeout: 5 }), {
      code: 'ERR_POOL_TIMEOUT',
    });
  }),
);

test(
  'reports progress in bytes of the input',
  withPool(async ({ compress, decompress }) => {
    const data = bytesOf('progress', 1e6);
    for (const [task, given] of [
      [compress, data],
      [decompress, await compress({ data })],
    ]) {
      const reports = [];
      await task({ data: given }, { onProgress: (progress) => reports.push(progress) });
      assert.deepEqual(reports.at(-1), { done: given.length, total: given.length });
      for (const [i, { done }] of reports.entries()) assert.ok(i === 0 || done >= reports[i - 1].done);
    }
  }),
);

test(
  'a transferred result is detached and decompresses to the same bytes',
  withPool(async ({ compress, decompress }) => {
    const data = textOf('chain', 9e6);
    const compressed = await compress({ data, format: 'lz4' });
    const result = await decompress({ data: compressed }, { transfer: [compressed.buffer] });
    assert.equal(compressed.length, 0, 'the transferred buffer is detached');
    assert.ok(result.equals(data));
  }),
);
