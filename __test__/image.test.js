'use strict';

// The options, results and files of `native:image` and `native:imageInfo`. image-formats.test.js and
// image-oracle.test.js compare the pixels of decoded and scaled images.

const { test } = require('node:test');
const assert = require('node:assert/strict');
const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { pathToFileURL } = require('node:url');
const { WorkerPool } = require('./support/build-with-test-workers');
const { directoryOf, unixOnly } = require('./support/files');
const { photo, psnr } = require('./support/photos');
const { positions } = require('./support/positions');

const turn = () => new Promise(setImmediate);

const RAW = { width: 40, height: 30, channels: 3 };
const PHOTO = photo(40, 30);

const withPool = (run) => async (t) => {
  const pool = new WorkerPool(1, 'native');
  const { image, imageInfo } = pool.proxy();
  try {
    await run({ pool, image, imageInfo, t });
  } finally {
    await pool.close();
  }
};

test(
  'returns the image and its info',
  withPool(async ({ image }) => {
    const result = await image({ data: PHOTO, raw: RAW, width: 20, format: 'png' });
    assert.deepEqual(Object.keys(result), ['data', 'info']);
    assert.ok(Buffer.isBuffer(result.data));
    assert.deepEqual(result.info, { format: 'png', width: 20, height: 15, channels: 3, size: result.data.length });
    assert.deepEqual(Object.keys(result.info), ['format', 'width', 'height', 'channels', 'size']);
  }),
);

test(
  'without options, an image keeps its format, its size and similar pixels',
  withPool(async ({ image }) => {
    for (const format of ['jpeg', 'png', 'webp']) {
      const { data } = await image({ data: PHOTO, raw: RAW, format, quality: 95 });
      const again = await image({ data, quality: 95 });
      assert.deepEqual({ ...again.info, size: 0 }, { format, width: 40, height: 30, channels: 3, size: 0 });
      const { data: pixels } = await image({ data: again.data, format: 'raw' });
      assert.ok(psnr(pixels, PHOTO) > 28, format);
    }
    const raw = await image({ data: PHOTO, raw: RAW });
    assert.deepEqual(raw.data, PHOTO);
    assert.equal(raw.info.format, 'raw');
  }),
);

test(
  'accepts raw pixels of 1 to 4 channels, and rejects a wrong number of bytes',
  withPool(async ({ image }) => {
    const size = { width: 2, height: 1 };
    for (const [channels, data, expected] of [
      [1, [1, 2], [1, 1, 1, 2, 2, 2]],
      [2, [1, 9, 2, 255], [1, 1, 1, 9, 2, 2, 2, 255]],
      [3, [1, 2, 3, 4, 5, 6], [1, 2, 3, 4, 5, 6]],
      [4, [1, 2, 3, 4, 5, 6, 7, 8], [1, 2, 3, 4, 5, 6, 7, 8]],
    ]) {
      const result = await image({ data: Uint8Array.from(data), raw: { ...size, channels } });
      assert.deepEqual([...result.data], expected);
      await assert.rejects(image({ data: Uint8Array.from([...data, 0]), raw: { ...size, channels } }), {
        code: 'ERR_INVALID_DATA',
        message: `Invalid raw image: 2 x 1 pixels of ${channels} bytes need ${data.length} bytes, not ${data.length + 1}`,
      });
    }
  }),
);

test(
  'raw pixels can be transferred from one task to the next',
  withPool(async ({ pool }) => {
    const first = await pool.run(
      { data: photo(1300, 1100), raw: { width: 1300, height: 1100, channels: 3 } },
      { name: 'image' },
    );
    const { data, info } = first;
    const second = await pool.run(
      { data, raw: { width: info.width, height: info.height, channels: info.channels }, flip: true, format: 'raw' },
      { name: 'image', transfer: [data.buffer] },
    );
    assert.equal(data.length, 0, 'the transferred buffer is detached');
    assert.equal(second.info.width, 1300);
    const lastRow = photo(1300, 1100).subarray(-3 * 1300);
    assert.deepEqual(second.data.subarray(0, 3 * 1300), lastRow, 'the image is flipped');
  }),
);

test(
  'background fills around a contained image and behind transparent pixels',
  withPool(async ({ image }) => {
    const red = { data: Buffer.from([255, 0, 0]), raw: { width: 1, height: 1, channels: 3 } };
    const clear = { data: Buffer.from([255, 0, 0, 0]), raw: { width: 1, height: 1, channels: 4 } };
    const box = { width: 1, height: 3, fit: 'contain', format: 'raw' };
    const first = async (options) => [...(await image(options)).data.subarray(0, 4)];
    assert.deepEqual(await first({ ...red, ...box }), [0, 0, 0, 255], 'black without alpha');
    assert.deepEqual(await first({ ...clear, ...box }), [0, 0, 0, 0], 'transparent with alpha');
    assert.deepEqual(await first({ ...red, ...box, background: '#0a141e' }), [10, 20, 30, 255]);
    assert.deepEqual(await first({ ...red, ...box, background: '#0A141E80' }), [10, 20, 30, 128]);
    assert.deepEqual(await first({ ...red, ...box, background: { r: 10, b: 30, alpha: 0.5 } }), [10, 0, 30, 128]);
    assert.deepEqual(await first({ ...red, ...box, background: {} }), [0, 0, 0, 255]);
    const grey = await image({ ...red, ...box, background: '#00ff00', grayscale: true });
    assert.equal(grey.info.channels, 1);
    const { data } = await image({ ...clear, background: '#0000ff', format: 'jpeg', quality: 100 });
    const flat = [...(await image({ data, format: 'raw' })).data];
    assert.ok(flat[0] < 10 && flat[1] < 10 && flat[2] > 245, String(flat));
  }),
);

test(
  'accepts every name of fit, position, kernel, format and failOn, and lists them when it refuses another',
  withPool(async ({ image }) => {
    const names = {
      fit: ['cover', 'contain', 'fill', 'inside', 'outside'],
      position: positions,
      kernel: ['nearest', 'linear', 'cubic', 'mitchell', 'lanczos2', 'lanczos3'],
      format: ['jpeg', 'png', 'webp', 'raw', 'jpg'],
      failOn: ['none', 'truncated', 'error', 'warning'],
    };
    for (const [option, all] of Object.entries(names)) {
      for (const name of all) await image({ data: PHOTO, raw: RAW, width: 10, height: 10, [option]: name });
      await assert.rejects(image({ data: PHOTO, raw: RAW, [option]: 'other' }), (error) => {
        assert.equal(error.code, 'ERR_OUT_OF_RANGE');
        for (const name of all) assert.ok(error.message.includes(name), error.message);
        return error.message.includes(`data.${option}`);
      });
      await assert.rejects(image({ data: PHOTO, raw: RAW, [option]: 5 }), { code: 'ERR_INVALID_ARG_TYPE' });
    }
    for (const position of ['entropy', 'attention']) {
      await assert.rejects(image({ data: PHOTO, raw: RAW, position }), {
        code: 'ERR_OUT_OF_RANGE',
        message: /entropy and attention are not supported/,
      });
    }
  }),
);

test(
  'refuses an invalid field and names it and its range',
  withPool(async ({ image }) => {
    const given = { data: PHOTO, raw: RAW };
    for (const [options, name] of [
      [{ width: 0 }, 'data.width'],
      [{ width: 1.5 }, 'data.width'],
      [{ height: 1e9 }, 'data.height'],
      [{ quality: 0 }, 'data.quality'],
      [{ quality: 101 }, 'data.quality'],
      [{ rotate: 45 }, 'data.rotate'],
      [{ rotate: 90.5 }, 'data.rotate'],
      [{ rotate: Number.NaN }, 'data.rotate'],
      [{ maxPixels: 0 }, 'data.maxPixels'],
      [{ background: 'red' }, 'data.background'],
      [{ background: '#fff' }, 'data.background'],
      [{ background: { r: 256 } }, 'data.background.r'],
      [{ background: { alpha: 2 } }, 'data.background.alpha'],
      [{ raw: { ...RAW, channels: 5 } }, 'data.raw.channels'],
      [{ extract: { left: -1, top: 0, width: 1, height: 1 } }, 'data.extract.left'],
      [{ extract: { left: 0, top: 0, width: 0, height: 1 } }, 'data.extract.width'],
    ]) {
      await assert.rejects(image({ ...given, ...options }), (error) => {
        assert.equal(error.code, 'ERR_OUT_OF_RANGE', error.stack);
        return error instanceof RangeError && error.message.includes(name) && /; got /.test(error.message);
      });
    }
    for (const options of [
      { flip: 1 },
      { lossless: 'yes' },
      { raw: 3 },
      { extract: 'all' },
      { rotate: '90' },
      { output: 5 },
    ]) {
      await assert.rejects(image({ ...given, ...options }), { name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE' });
    }
    for (const options of [{ raw: { width: 40, height: 30 } }, { extract: { left: 0, top: 0, width: 1 } }]) {
      await assert.rejects(image({ ...given, ...options }), { code: 'ERR_INVALID_ARG_VALUE', message: /is required$/ });
    }
    for (const [options, message] of [
      [{ widht: 5 }, 'data.widht is not a field of image; did you mean width?'],
      [{ raw: { ...RAW, depth: 1 } }, 'data.raw.depth is not a field of raw; its fields are width, height, channels'],
      [{ background: { a: 1 } }, 'data.background.a is not a field of background; its fields are r, g, b, alpha'],
      [{ extract: { x: 1 } }, 'data.extract.x is not a field of extract; its fields are left, top, width, height'],
    ]) {
      await assert.rejects(image({ ...given, ...options }), { code: 'ERR_INVALID_ARG_VALUE', message });
    }
    await assert.rejects(image({ ...given, background: [1, 2, 3] }), {
      code: 'ERR_INVALID_ARG_TYPE',
      message: "data.background must be '#rrggbb', '#rrggbbaa' or an object with r, g, b and alpha; got 1,2,3 (object)",
    });
  }),
);

test(
  'refuses to extract an area outside the image, and names both sizes',
  withPool(async ({ image }) => {
    const options = { data: PHOTO, raw: RAW, extract: { left: 30, top: 0, width: 11, height: 5 } };
    await assert.rejects(image(options), {
      name: 'RangeError',
      code: 'ERR_OUT_OF_RANGE',
      message: 'The area of data.extract, 11 x 5 at (30, 0), is not within the image, which has 40 x 30 pixels',
    });
    await assert.rejects(image({ ...options, rotate: 90 }), { message: /30 x 40 pixels after rotate$/ });
  }),
);

test(
  'reads a file, writes a file and returns only the info',
  withPool(async ({ image, imageInfo, t }) => {
    const directory = directoryOf(t, {});
    const { data } = await image({ data: PHOTO, raw: RAW, format: 'png' });
    const file = path.join(directory, 'ä b.png');
    fs.writeFileSync(file, data);
    for (const output of [path.join(directory, 'out.jpg'), pathToFileURL(path.join(directory, 'other.jpg'))]) {
      const info = await image({ file, width: 20, format: 'jpeg', output });
      const written = fs.readFileSync(output);
      assert.deepEqual(info, { format: 'jpeg', width: 20, height: 15, channels: 3, size: written.length });
      const { data: same } = await image({ data, width: 20, format: 'jpeg' });
      assert.deepEqual(written, same);
    }
    const { size, format } = await imageInfo({ file: pathToFileURL(file) });
    assert.deepEqual({ size, format }, { size: data.length, format: 'png' });
    // The output may replace the input.
    await image({ file, width: 10, output: file });
    assert.equal((await imageInfo({ file })).width, 10);
    const output = path.join(directory, 'missing/out.png');
    await assert.rejects(image({ file, output }), { code: 'ENOENT', syscall: 'open', path: output });
    await assert.rejects(image({ file: path.join(directory, 'none') }), { code: 'ENOENT', syscall: 'open' });
    assert.deepEqual(fs.readdirSync(directory).sort(), ['other.jpg', 'out.jpg', 'ä b.png']);
  }),
);

test(
  'a failed task keeps the old output file and leaves no other file',
  withPool(async ({ image, t }) => {
    const directory = directoryOf(t, { 'out.png': 'old', 'bad.png': Buffer.from('\x89PNG\r\n\x1a\nx', 'latin1') });
    const output = path.join(directory, 'out.png');
    await assert.rejects(image({ file: path.join(directory, 'bad.png'), output }), { code: 'ERR_INVALID_DATA' });
    assert.equal(fs.readFileSync(output, 'utf8'), 'old');
    assert.deepEqual(fs.readdirSync(directory).sort(), ['bad.png', 'out.png']);
  }),
);

test(
  'imageInfo reads only the header of a large file',
  unixOnly,
  withPool(async ({ image, imageInfo, t }) => {
    for (const format of ['jpeg', 'png', 'webp']) {
      const { data } = await image({ data: PHOTO, raw: RAW, format });
      const file = path.join(directoryOf(t, { large: data }), 'large');
      fs.truncateSync(file, 2 ** 40); // a sparse file of 1 TiB: reading all of it would take minutes
      const { width, size } = await imageInfo({ file });
      assert.deepEqual({ width, size }, { width: 40, size: 2 ** 40 });
    }
  }),
);

test(
  'reports progress in rows of the input and of the output image',
  withPool(async ({ pool }) => {
    const { data } = await pool.run(
      { data: photo(200, 300), raw: { width: 200, height: 300, channels: 3 }, format: 'jpeg' },
      { name: 'image' },
    );
    const reports = [];
    const onProgress = (progress) => reports.push(progress);
    await pool.run({ data, width: 100, format: 'png' }, { name: 'image', onProgress });
    const last = reports.at(-1);
    assert.deepEqual(last, { done: 300 + 150, total: 300 + 150 });
    for (let i = 1; i < reports.length; i++) assert.ok(reports[i].done >= reports[i - 1].done);
  }),
);

test(
  'stops on abort and timeout while it decodes, scales or encodes',
  withPool(async ({ pool, image }) => {
    const raw = { width: 3000, height: 2000, channels: 3 };
    const pixels = photo(3000, 2000);
    const { data: png } = await image({ data: pixels, raw, format: 'png', progressive: true });
    for (const options of [
      { data: png, format: 'raw' },
      { data: pixels, raw, format: 'webp', lossless: true },
      { data: pixels, raw, format: 'png', width: 6000 },
      { data: pixels, raw, format: 'jpeg', progressive: true },
    ]) {
      const controller = new AbortController();
      const task = pool.run(options, { name: 'image', signal: controller.signal });
      while (pool.stats().running === 0) await turn();
      controller.abort();
      await assert.rejects(task, { code: 'ABORT_ERR' });
      await assert.rejects(pool.run(options, { name: 'image', timeout: 1 }), { code: 'ERR_POOL_TIMEOUT' });
      assert.equal((await image({ data: PHOTO, raw: RAW })).info.size, PHOTO.length, 'the thread is free');
    }
  }),
);

/** Three rows of two grey pixels. */
const PIXELS = { data: Uint8Array.of(1, 2, 3, 4, 5, 6), raw: { width: 2, height: 3, channels: 1 } };

/** Options of `image`, and the expected width and pixels of the result. */
const OPERATIONS = [
  [{}, 2, [1, 2, 3, 4, 5, 6]],
  [{ flip: true }, 2, [5, 6, 3, 4, 1, 2]],
  [{ flop: true }, 2, [2, 1, 4, 3, 6, 5]],
  [{ rotate: 90 }, 3, [5, 3, 1, 6, 4, 2]],
  [{ rotate: 180 }, 2, [6, 5, 4, 3, 2, 1]],
  [{ rotate: -90 }, 3, [2, 4, 6, 1, 3, 5]],
  [{ rotate: 450 }, 3, [5, 3, 1, 6, 4, 2]],
  [{ extract: { left: 1, top: 1, width: 1, height: 2 } }, 1, [4, 6]],
  [{ flip: true, rotate: 90 }, 3, [1, 3, 5, 2, 4, 6]],
  [{ rotate: 90, extract: { left: 0, top: 1, width: 2, height: 1 } }, 2, [6, 4]],
  [{ flip: true, extract: { left: 0, top: 0, width: 2, height: 1 } }, 2, [1, 2]],
];

test(
  'flip, flop, rotate and extract move pixels exactly, in the documented order',
  withPool(async ({ image, t }) => {
    const file = path.join(directoryOf(t, { pixels: PIXELS.data }), 'pixels');
    for (const [options, width, expected] of OPERATIONS) {
      for (const source of [PIXELS, { file, raw: PIXELS.raw }]) {
        const { data, info } = await image({ ...source, ...options, grayscale: true, format: 'raw' });
        const message = JSON.stringify(options);
        assert.deepEqual([...data], expected, message);
        assert.deepEqual([info.width, info.channels], [width, 1], message);
      }
    }
  }),
);

test(
  'fit and withoutEnlargement determine the size',
  withPool(async ({ image }) => {
    const sizeOf = async (options) => {
      const { info } = await image({ data: PHOTO, raw: RAW, ...options });
      return [info.width, info.height];
    };
    for (const [fit, expected] of Object.entries({
      cover: [20, 20],
      contain: [20, 20],
      fill: [20, 20],
      inside: [20, 15],
      outside: [27, 20],
    })) {
      assert.deepEqual(await sizeOf({ width: 20, height: 20, fit }), expected, fit);
    }
    assert.deepEqual(await sizeOf({ height: 15 }), [20, 15]);
    assert.deepEqual(await sizeOf({ width: 80 }), [80, 60]);
    assert.deepEqual(await sizeOf({ width: 80, withoutEnlargement: true }), [40, 30]);
  }),
);

test(
  'position selects the area that cover keeps and the place where contain puts the image',
  withPool(async ({ image }) => {
    const row = { data: Uint8Array.of(10, 20, 30), raw: { width: 3, height: 1, channels: 1 }, format: 'raw' };
    for (const [position, kept] of Object.entries({
      left: 10,
      west: 10,
      centre: 20,
      center: 20,
      right: 30,
      east: 30,
    })) {
      const { data } = await image({ ...row, width: 1, height: 1, fit: 'cover', position, grayscale: true });
      assert.deepEqual([...data], [kept], position);
    }
    for (const [position, at] of Object.entries({ top: 0, north: 0, centre: 1, bottom: 2, south: 2 })) {
      const { data } = await image({ ...row, width: 3, height: 3, fit: 'contain', position, grayscale: true });
      const expected = Array(9).fill(0);
      expected.splice(3 * at, 3, 10, 20, 30);
      assert.deepEqual([...data], expected, position);
    }
  }),
);

test(
  'a higher quality makes JPEG and WebP larger and more similar to the original',
  withPool(async ({ image }) => {
    for (const format of ['jpeg', 'webp']) {
      const [low, high] = await Promise.all(
        [20, 95].map(async (quality) => {
          const { data } = await image({ data: PHOTO, raw: RAW, format, quality });
          const { data: pixels } = await image({ data, format: 'raw' });
          return { length: data.length, psnr: psnr(pixels, PHOTO) };
        }),
      );
      assert.ok(high.length > low.length && high.psnr > low.psnr, `${format}: ${JSON.stringify({ low, high })}`);
    }
  }),
);

test(
  'imageInfo of a pipe has no size',
  unixOnly,
  withPool(async ({ image, imageInfo, t }) => {
    const { data } = await image({ data: PHOTO, raw: RAW, format: 'png' });
    const fifo = path.join(directoryOf(t, {}), 'fifo');
    execFileSync('mkfifo', [fifo]);
    const task = imageInfo({ file: fifo });
    await fs.promises.writeFile(fifo, data);
    const { width, size } = await task;
    assert.deepEqual({ width, size }, { width: 40, size: undefined });
  }),
);
