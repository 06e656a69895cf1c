'use strict';

// Untrusted input: damaged, truncated, lying and hostile files.

const { test } = require('node:test');
const assert = require('node:assert/strict');
const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const zlib = require('node:zlib');
const { WorkerPool } = require('./support/build-with-test-workers');
const { bytesOf, integersOf } = require('./support/bytes');
const { runProgram } = require('./support/child');
const { directoryOf } = require('./support/files');
const { makeGif, makePng, pngChunk, pngHeader, SIGNATURE, withSegment } = require('./support/image-files');
const { photo } = require('./support/pictures');
const { scale } = require('./support/scale');

const unix = { skip: process.platform === 'win32' ? 'the system has no such files' : false };
const RAW = { width: 64, height: 48, channels: 3 };

const withPool = (run) => async (t) => {
  const pool = new WorkerPool(1, 'native');
  const image = (data, options) => pool.run({ data, format: 'raw', ...options }, { name: 'image' });
  const info = (data) => pool.run({ data }, { name: 'imageInfo' });
  try {
    await run({ pool, image, info, t });
    const { info: after } = await image(Buffer.alloc(3), { raw: { width: 1, height: 1, channels: 3 } });
    assert.equal(after.size, 3, 'the thread runs the next task');
    assert.equal(pool.stats().crashes, 0);
  } finally {
    await pool.close();
  }
};

/** A small picture in every format, by name. */
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

/** Resolves, or rejects because the data are bad: nothing else. */
async function settles(task, message) {
  try {
    await task;
    return true;
  } catch (error) {
    assert.ok(['ERR_INVALID_DATA', 'ERR_BUFFER_TOO_LARGE'].includes(error.code), `${message}: ${error.stack}`);
    return false;
  }
}

test(
  'a file that ends too early rejects at every length, and is decoded as far as possible if that is wanted',
  withPool(async ({ pool, image, info }) => {
    for (const [name, whole] of Object.entries(await files(pool))) {
      const step = Math.max(1, Math.floor(whole.length / scale(400, 60)));
      let decoded = 0;
      for (let length = 0; length < whole.length - 64; length += step) {
        const data = whole.subarray(0, length);
        const error = await image(data).then(
          () => assert.fail(`${name}, ${length} bytes`),
          (reason) => reason,
        );
        assert.equal(error.code, 'ERR_INVALID_DATA', `${name}, ${length} bytes: ${error.stack}`);
        if (await settles(image(data, { failOn: 'none' }), name)) decoded += 1;
        await settles(info(data), name);
      }
      assert.ok(decoded > 0, `${name} is never decoded`);
    }
  }),
);

test(
  'the message says which format is damaged, and where',
  withPool(async ({ pool, image }) => {
    const { jpeg, png, webp, gif } = await files(pool);
    const half = (data) => image(data.subarray(0, data.length - Math.floor(data.length / 8)));
    await assert.rejects(half(jpeg), {
      name: 'Error',
      message: /^Invalid JPEG image: the data end too early, after \d+ of 48 rows$/,
    });
    await assert.rejects(half(png), { message: /^Invalid PNG image: the data end too early, after \d+ of 48 rows$/ });
    await assert.rejects(half(webp), { message: /^Invalid WebP image: the data end too early/ });
    await assert.rejects(half(gif), { message: /^Invalid GIF image/ });
    for (const data of ['', 'x', 'no image at all', Buffer.alloc(100)]) {
      await assert.rejects(image(data), {
        code: 'ERR_INVALID_DATA',
        message: 'The data is not a JPEG, PNG, WebP or GIF image',
      });
    }
  }),
);

test(
  'a file with wrong bytes is decoded or rejects',
  withPool(async ({ pool, image, info }) => {
    for (const [name, whole] of Object.entries(await files(pool))) {
      const rounds = scale(1500, 250);
      const [places, values] = [integersOf(`at ${name}`, 3 * rounds, whole.length), bytesOf(name, 3 * rounds)];
      for (let round = 0; round < rounds; round++) {
        const data = Buffer.from(whole);
        // The first round changes one byte, the next two, then three, then one again. Headers are hit more often.
        for (let i = 3 * round; i <= 3 * round + (round % 3); i++) {
          data[round % 2 ? places[i] : places[i] % 80] = values[i];
        }
        const options = { failOn: ['none', 'truncated', 'error', 'warning'][round % 4], maxPixels: 1e6 };
        await settles(image(data, { ...options, width: 20 }), `${name}, round ${round}`);
        await settles(info(data), `${name}, round ${round}`);
      }
    }
  }),
);

test(
  'damage that a decoder only warns of rejects if that is wanted',
  withPool(async ({ pool, image }) => {
    const { jpeg } = await files(pool);
    const damaged = Buffer.from(jpeg);
    const scan = damaged.indexOf(Buffer.from([0xff, 0xda]));
    damaged.fill(0x55, scan + 40, scan + 60);
    await image(damaged, { failOn: 'none' });
    await assert.rejects(image(damaged, { failOn: 'warning' }), { code: 'ERR_INVALID_DATA' });
    // Surplus bytes between segments: harmless.
    const surplus = Buffer.concat([jpeg.subarray(0, 2), Buffer.alloc(3), jpeg.subarray(2)]);
    await settles(image(surplus, { failOn: 'none' }), 'surplus');
  }),
);

test(
  'an image of more pixels than maxPixels rejects before memory is used',
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
    // What is written counts, too.
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

test('a header that lies about its size takes no memory beyond its data', { skip: unix.skip }, async () => {
  const { code, stdout, stderr } = await runProgram(`
    const { makePng, pngHeader, pngChunk, SIGNATURE } = require(${JSON.stringify(path.join(__dirname, 'support/image-files'))});
    const zlib = require('node:zlib');
    (async () => {
      const pool = new WorkerPool(1, 'native:image');
      await pool.run({ data: makePng(2, 2, 8, 2, () => [1, 2, 3]) });
      const before = process.memoryUsage.rss();
      const idat = pngChunk('IDAT', zlib.deflateSync(Buffer.alloc(50_000)));
      const data = Buffer.concat([SIGNATURE, pngHeader(16_383, 16_383, 8, 6), idat]);
      await pool.run({ data }).then(() => { throw new Error('no error'); }, (error) => {
        if (error.code !== 'ERR_INVALID_DATA') throw error;
      });
      console.log(process.memoryUsage.rss() - before);
      await pool.close();
    })();
  `);
  assert.deepEqual({ code, stderr }, { code: 0, stderr: '' });
  assert.ok(Number(stdout) < 32e6, stdout);
});

test(
  'compressed data that expand without end reject',
  withPool(async ({ image }) => {
    const bomb = zlib.deflateSync(Buffer.alloc(200e6));
    const profile = Buffer.concat([Buffer.from('bomb\0\0'), bomb]);
    const png = makePng(4, 4, 8, 2, () => [1, 2, 3], { chunks: { iCCP: profile } });
    await settles(image(png), 'a profile');
    const tail = Buffer.concat([
      SIGNATURE,
      pngHeader(4, 4, 8, 2),
      pngChunk('IDAT', bomb),
      pngChunk('IEND', Buffer.alloc(0)),
    ]);
    await settles(image(tail), 'pixels');
  }),
);

test(
  'a progressive JPEG of thousands of scans rejects',
  withPool(async ({ pool, image }) => {
    const { 'progressive jpeg': jpeg } = await files(pool);
    const scan = jpeg.lastIndexOf(Buffer.from([0xff, 0xda]));
    const [head, last] = [jpeg.subarray(0, -2), jpeg.subarray(scan, -2)];
    const data = Buffer.concat([head, ...Array(3000).fill(last), jpeg.subarray(-2)]);
    await assert.rejects(image(data), { code: 'ERR_INVALID_DATA', message: 'Invalid JPEG image: more than 500 scans' });
  }),
);

test(
  'JPEG segments that lie about their length reject',
  withPool(async ({ pool, image, info }) => {
    const { jpeg } = await files(pool);
    for (const length of [0, 1, 65535]) {
      const data = withSegment(jpeg, 0xe1, Buffer.from('Exif'));
      data.writeUInt16BE(length, 4);
      await assert.rejects(image(data), { code: 'ERR_INVALID_DATA', message: /^Invalid JPEG image/ });
      await assert.rejects(info(data), { code: 'ERR_INVALID_DATA', message: /^Invalid JPEG image/ });
    }
    // An endless run of fill bytes.
    await assert.rejects(info(Buffer.concat([jpeg.subarray(0, 2), Buffer.alloc(1e6, 0xff)])), {
      code: 'ERR_INVALID_DATA',
    });
  }),
);

test(
  'a damaged profile is ignored',
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
  'files that never end reject or can be aborted',
  unix,
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
