'use strict';

// Untrusted input: damaged, truncated and malicious image files.

const { test } = require('node:test');
const assert = require('node:assert/strict');
const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const zlib = require('node:zlib');
const { WorkerPool } = require('./support/build-with-test-workers');
const { bytesOf, integersOf } = require('./support/bytes');
const { runProgram } = require('./support/child');
const { directoryOf, unixOnly } = require('./support/files');
const { makeGif, makePng, pngChunk, pngHeader, SIGNATURE, withSegment } = require('./support/image-files');
const { noPeakMemory } = require('./support/peak-memory');
const { photo } = require('./support/photos');
const { scale } = require('./support/scale');

const RAW = { width: 64, height: 48, channels: 3 };

const withPool = (run) => async (t) => {
  const pool = new WorkerPool(1, 'native');
  const image = (data, options) => pool.run({ data, format: 'raw', ...options }, { name: 'image' });
  const info = (data) => pool.run({ data }, { name: 'imageInfo' });
  try {
    await run({ pool, image, info, t });
    const { info: after } = await image(Buffer.alloc(3), { raw: { width: 1, height: 1, channels: 3 } });
    assert.equal(after.size, 3, 'the thread is free');
    assert.equal(pool.stats().crashes, 0);
  } finally {
    await pool.close();
  }
};

/** The same small image in every format, by name. */
async function files(pool) {
  const write = async (options) =>
    (await pool.run({ data: photo(64, 48), raw: RAW, ...options }, { name: 'image' })).data;
  const rgb = (x, y) => [x, y, x ^ y];
  return {
    jpeg: await write({ format: 'jpeg' }),
    'progressive jpeg': await write({ format: 'jpeg', progressive: true }),
    png: await write({ format: 'png' }),
    'interlaced png': makePng(64, 48, 8, 2, rgb, { isInterlaced: true }),
    webp: await write({ format: 'webp' }),
    'lossless webp': await write({ format: 'webp', lossless: true }),
    gif: makeGif(8, 8, [[1, 2, 3]], [{ width: 8, height: 8, indices: Array(64).fill(0) }]),
  };
}

/** Resolves to whether the task completed. Asserts that it otherwise rejected because of its data. */
async function isDecoded(task, message) {
  try {
    await task;
    return true;
  } catch (error) {
    assert.ok(['ERR_INVALID_DATA', 'ERR_BUFFER_TOO_LARGE'].includes(error.code), `${message}: ${error.stack}`);
    return false;
  }
}

test(
  'rejects a truncated file of every length, and decodes a part of it with failOn none',
  withPool(async ({ pool, image, info }) => {
    for (const [name, whole] of Object.entries(await files(pool))) {
      const step = Math.max(1, Math.floor(whole.length / scale(400, 60)));
      let decoded = 0;
      for (let length = 0; length < whole.length - 64; length += step) {
        const data = whole.subarray(0, length);
        const error = await image(data).then(
          () => assert.fail(`${name}, ${length} bytes: it was decoded`),
          (reason) => reason,
        );
        assert.equal(error.code, 'ERR_INVALID_DATA', `${name}, ${length} bytes: ${error.stack}`);
        if (await isDecoded(image(data, { failOn: 'none' }), name)) decoded += 1;
        await isDecoded(info(data), name);
      }
      assert.ok(decoded > 0, `no truncated ${name} was decoded`);
    }
  }),
);

test(
  'names the damaged format and the row of the damage',
  withPool(async ({ pool, image }) => {
    const { jpeg, png, webp, gif } = await files(pool);
    const truncated = (data) => image(data.subarray(0, data.length - Math.floor(data.length / 8)));
    await assert.rejects(truncated(jpeg), {
      name: 'Error',
      message: /^Invalid JPEG image: the data end too early, after \d+ of 48 rows$/,
    });
    await assert.rejects(truncated(png), {
      message: /^Invalid PNG image: the data end too early, after \d+ of 48 rows$/,
    });
    await assert.rejects(truncated(webp), { message: /^Invalid WebP image: the data end too early/ });
    await assert.rejects(truncated(gif), { message: /^Invalid GIF image/ });
    const message = 'The data is not a JPEG, PNG, WebP or GIF image';
    for (const data of ['', Buffer.alloc(100), 'GIF87\0\0\0\0\0\0\0\0']) {
      await assert.rejects(image(data), { code: 'ERR_INVALID_DATA', message });
    }
    for (const data of ['x', 'photos/one.jpg', '<!doctype html>', '<svg\n/>', 'GIF']) {
      await assert.rejects(image(data), { code: 'ERR_INVALID_DATA', message: `${message}, but text` });
    }
  }),
);

test(
  'decodes a file with changed bytes or rejects it as invalid',
  withPool(async ({ pool, image, info }) => {
    for (const [name, whole] of Object.entries(await files(pool))) {
      const rounds = scale(1500, 250);
      const [places, values] = [integersOf(`at ${name}`, 3 * rounds, whole.length), bytesOf(name, 3 * rounds)];
      let decoded = 0;
      for (let round = 0; round < rounds; round++) {
        const data = Buffer.from(whole);
        // Rounds change one, two or three bytes by turns. Every other round changes the first 80 bytes, the header.
        for (let i = 3 * round; i <= 3 * round + (round % 3); i++) {
          data[round % 2 ? places[i] : places[i] % 80] = values[i];
        }
        const options = { failOn: ['none', 'truncated', 'error', 'warning'][round % 4], maxPixels: 1e6 };
        if (await isDecoded(image(data, { ...options, width: 20 }), `${name}, round ${round}`)) decoded += 1;
        await isDecoded(info(data), `${name}, round ${round}`);
      }
      assert.ok(decoded > 0 && decoded < rounds, `${name}: ${decoded} of ${rounds} were decoded`);
    }
  }),
);

test(
  'failOn selects which damage of a JPEG rejects',
  withPool(async ({ pool, image }) => {
    const { jpeg } = await files(pool);
    const damaged = Buffer.from(jpeg);
    const scan = damaged.indexOf(Buffer.from([0xff, 0xda]));
    damaged.fill(0x55, scan + 40, scan + 60);
    for (const failOn of ['none', 'truncated']) await image(damaged, { failOn });
    for (const failOn of ['error', 'warning']) {
      await assert.rejects(image(damaged, { failOn }), { code: 'ERR_INVALID_DATA' }, failOn);
    }
  }),
);

test(
  'rejects an image above maxPixels before it allocates memory',
  withPool(async ({ pool, image }) => {
    for (const [name, data] of Object.entries(await files(pool))) {
      const pixels = name === 'gif' ? 64 : 64 * 48;
      await image(data, { maxPixels: pixels });
      await assert.rejects(image(data, { maxPixels: pixels - 1 }), {
        name: 'RangeError',
        code: 'ERR_BUFFER_TOO_LARGE',
        message: new RegExp(`pixels is above maxPixels, which is ${pixels - 1}$`),
      });
    }
    const huge = Buffer.concat([
      SIGNATURE,
      pngHeader(2 ** 31 - 1, 2 ** 31 - 1, 16, 6),
      pngChunk('IDAT', Buffer.alloc(9)),
    ]);
    await assert.rejects(image(huge), { code: 'ERR_BUFFER_TOO_LARGE', message: /2147483647 x 2147483647/ });
    // The limit also applies to the output image.
    const { jpeg } = await files(pool);
    await assert.rejects(image(jpeg, { width: 100_000 }), { code: 'ERR_BUFFER_TOO_LARGE' });
    await assert.rejects(image(jpeg, { width: 100_000_000, height: 100_000_000, fit: 'fill' }), {
      code: 'ERR_BUFFER_TOO_LARGE',
    });
    await assert.rejects(image(jpeg, { width: 20_000, height: 1, fit: 'fill', format: 'webp' }), {
      code: 'ERR_BUFFER_TOO_LARGE',
      message: /20000 x 1 pixels is too large for the format webp, which allows at most 16383 pixels a side/,
    });
  }),
);

/** Files that announce or expand to far more than they contain, the outcome, and the allowed peak memory in bytes. */
const BOMBS = {
  'header of a huge image': [
    Buffer.concat([
      SIGNATURE,
      pngHeader(16_383, 16_383, 8, 6),
      pngChunk('IDAT', zlib.deflateSync(Buffer.alloc(50_000))),
    ]),
    'ERR_INVALID_DATA',
    32e6,
  ],
  'compressed profile': [
    makePng(4, 4, 8, 2, () => [1, 2, 3], {
      chunks: { iCCP: Buffer.concat([Buffer.from('bomb\0\0'), zlib.deflateSync(Buffer.alloc(200e6))]) },
    }),
    'decoded',
    80e6, // PNG metadata may use 64 MiB, see `MEMORY` in crates/workers/src/image/decode/png.rs
  ],
  'compressed pixels': [
    Buffer.concat([
      SIGNATURE,
      pngHeader(4, 4, 8, 2),
      pngChunk('IDAT', zlib.deflateSync(Buffer.alloc(200e6))),
      pngChunk('IEND', Buffer.alloc(0)),
    ]),
    'decoded',
    32e6,
  ],
};

for (const [name, [bomb, outcome, limit]] of Object.entries(BOMBS)) {
  test(`bounds the memory of a bomb: ${name}`, { skip: noPeakMemory }, async (t) => {
    const file = path.join(directoryOf(t, { bomb }), 'bomb');
    const { code, stdout, stderr } = await runProgram(`
      const { readFileSync } = require('node:fs');
      const { makePng } = require(${JSON.stringify(path.join(__dirname, 'support/image-files'))});
      const peak = () => 1024 * /VmHWM:\\s*(\\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))[1];
      (async () => {
        const pool = new WorkerPool(1, 'native:image');
        const data = readFileSync(${JSON.stringify(file)});
        await pool.run({ data: makePng(2, 2, 8, 2, () => [1, 2, 3]) });
        const before = peak();
        await pool.run({ data }).then(() => console.log('decoded'), (error) => console.log(error.code));
        console.log(peak() - before);
        await pool.close();
      })();
    `);
    assert.deepEqual({ code, stderr }, { code: 0, stderr: '' });
    const [actual, growth] = stdout.split('\n');
    assert.equal(actual, outcome);
    assert.ok(Number(growth) < limit, `${growth} bytes`);
  });
}

test(
  'rejects a progressive JPEG with thousands of scans',
  withPool(async ({ pool, image }) => {
    const { 'progressive jpeg': jpeg } = await files(pool);
    const scan = jpeg.lastIndexOf(Buffer.from([0xff, 0xda]));
    const [head, last] = [jpeg.subarray(0, -2), jpeg.subarray(scan, -2)];
    const data = Buffer.concat([head, ...Array(3000).fill(last), jpeg.subarray(-2)]);
    await assert.rejects(image(data), { code: 'ERR_INVALID_DATA', message: 'Invalid JPEG image: more than 500 scans' });
  }),
);

test(
  'rejects JPEG segments with a wrong length',
  withPool(async ({ pool, image, info }) => {
    const { jpeg } = await files(pool);
    for (const length of [0, 1, 65535]) {
      const data = withSegment(jpeg, 0xe1, Buffer.from('Exif'));
      data.writeUInt16BE(length, 4);
      await assert.rejects(image(data), { code: 'ERR_INVALID_DATA', message: /^Invalid JPEG image/ });
      await assert.rejects(info(data), { code: 'ERR_INVALID_DATA', message: /^Invalid JPEG image/ });
    }
    // A file of fill bytes only.
    await assert.rejects(info(Buffer.concat([jpeg.subarray(0, 2), Buffer.alloc(1e6, 0xff)])), {
      code: 'ERR_INVALID_DATA',
    });
  }),
);

test(
  'ignores a damaged ICC profile',
  withPool(async ({ pool, image }) => {
    const { jpeg } = await files(pool);
    const segment = (part) => Buffer.concat([Buffer.from('ICC_PROFILE\0'), part]);
    const expected = (await image(jpeg)).data;
    for (const part of [
      Buffer.alloc(0),
      Buffer.from([1]),
      Buffer.from([1, 1]),
      Buffer.from([2, 2, 5]),
      bytesOf('icc', 4000),
    ]) {
      const { data } = await image(withSegment(jpeg, 0xe2, segment(part)));
      assert.deepEqual(data, expected);
    }
  }),
);

test(
  'the error of a file has its path, and that of bytes has none',
  withPool(async ({ pool, image, t }) => {
    const directory = directoryOf(t, { 'one.jpg': 'no image', 'two.png': makePng(4, 4, 8, 0, () => [0]) });
    const bad = path.join(directory, 'one.jpg');
    const good = path.join(directory, 'two.png');
    const run = (name, data) => pool.run(data, { name });
    for (const name of ['image', 'imageInfo', 'decompress']) {
      await assert.rejects(run(name, { file: bad }), { code: 'ERR_INVALID_DATA', path: bad });
    }
    await assert.rejects(run('image', { file: good, maxPixels: 15 }), { code: 'ERR_BUFFER_TOO_LARGE', path: good });
    const extract = { left: 0, top: 0, width: 5, height: 1 };
    await assert.rejects(run('image', { file: good, extract }), { code: 'ERR_OUT_OF_RANGE', path: good });
    const output = path.join(directory, 'missing', 'two.png');
    await assert.rejects(run('image', { file: good, output }), { code: 'ENOENT', path: output });
    await assert.rejects(image('no image'), (error) => !('path' in error));
  }),
);

test(
  'rejects files that never end, or times out',
  unixOnly,
  withPool(async ({ pool, t }) => {
    for (const name of ['image', 'imageInfo']) {
      await assert.rejects(pool.run({ file: '/dev/zero' }, { name }), {
        code: 'ERR_INVALID_DATA',
        message: 'The data is not a JPEG, PNG, WebP or GIF image',
      });
      const fifo = path.join(directoryOf(t, {}), 'fifo');
      execFileSync('mkfifo', [fifo]);
      await assert.rejects(pool.run({ file: fifo }, { name, timeout: 20 }), { code: 'ERR_POOL_TIMEOUT' });
    }
    const file = path.join(directoryOf(t, { 'endless.jpg': Buffer.from([0xff, 0xd8, 0xff]) }), 'endless.jpg');
    fs.truncateSync(file, 2 ** 40);
    await assert.rejects(pool.run({ file, maxPixels: 100 }, { name: 'image' }), {
      code: 'ERR_BUFFER_TOO_LARGE',
      message: /maxPixels, which is 100$/,
    });
    await assert.rejects(pool.run({ file }, { name: 'imageInfo' }), { code: 'ERR_INVALID_DATA' });
  }),
);
