'use strict';

// What native:image and native:imageInfo accept, return and write. Pixels are compared in image-formats.test.js and
// image-oracle.test.js.

const { test } = require('node:test');
const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { pathToFileURL } = require('node:url');
const { WorkerPool } = require('./support/build-with-test-workers');
const { directoryOf } = require('./support/files');
const { photo, psnr } = require('./support/pictures');
const { positions } = require('./support/positions');

const RAW = { width: 40, height: 30, channels: 3 };
const PICTURE = photo(40, 30);

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
  'the result is the image and what it is',
  withPool(async ({ image }) => {
    const result = await image({ data: PICTURE, raw: RAW, width: 20, format: 'png' });
    assert.deepEqual(Object.keys(result), ['data', 'info']);
    assert.ok(Buffer.isBuffer(result.data));
    assert.deepEqual(result.info, { format: 'png', width: 20, height: 15, channels: 3, size: result.data.length });
    assert.deepEqual(Object.keys(result.info), ['format', 'width', 'height', 'channels', 'size']);
  }),
);

test(
  'without options an image keeps its format, its size and about its pixels',
  withPool(async ({ image }) => {
    for (const format of ['jpeg', 'png', 'webp']) {
      const { data } = await image({ data: PICTURE, raw: RAW, format, quality: 95 });
      const again = await image({ data, quality: 95 });
      assert.deepEqual({ ...again.info, size: 0 }, { format, width: 40, height: 30, channels: 3, size: 0 });
      const { data: pixels } = await image({ data: again.data, format: 'raw' });
      assert.ok(psnr(pixels, PICTURE) > 28, format);
    }
    const raw = await image({ data: PICTURE, raw: RAW });
    assert.deepEqual(raw.data, PICTURE);
    assert.equal(raw.info.format, 'raw');
  }),
);

test(
  'pixels may have 1 to 4 channels, and must be as many as their size says',
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
  'an image goes from task to task without a copy of its pixels',
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
    assert.equal(data.length, 0, 'detached');
    assert.equal(second.info.width, 1300);
  }),
);

test(
  'a background is a text or an object, around a contained image and under transparent pixels',
  withPool(async ({ image }) => {
    const red = { data: Buffer.from([255, 0, 0]), raw: { width: 1, height: 1, channels: 3 } };
    const clear = { data: Buffer.from([255, 0, 0, 0]), raw: { width: 1, height: 1, channels: 4 } };
    const box = { width: 1, height: 3, fit: 'contain', format: 'raw' };
    const first = async (options) => [...(await image(options)).data.subarray(0, 4)];
    assert.deepEqual(await first({ ...red, ...box }), [0, 0, 0, 255], 'black, then the image');
    assert.deepEqual(await first({ ...clear, ...box }), [0, 0, 0, 0], 'transparent');
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
  'every name of fit, position, kernel and format is accepted, and others are refused with these names',
  withPool(async ({ image }) => {
    const names = {
      fit: ['cover', 'contain', 'fill', 'inside', 'outside'],
      position: positions,
      kernel: ['nearest', 'linear', 'cubic', 'mitchell', 'lanczos2', 'lanczos3'],
      format: ['jpeg', 'png', 'webp', 'raw', 'jpg'],
      failOn: ['none', 'truncated', 'error', 'warning'],
    };
    for (const [option, all] of Object.entries(names)) {
      for (const name of all) await image({ data: PICTURE, raw: RAW, width: 10, height: 10, [option]: name });
      await assert.rejects(image({ data: PICTURE, raw: RAW, [option]: 'other' }), (error) => {
        assert.equal(error.code, 'ERR_OUT_OF_RANGE');
        for (const name of all) assert.ok(error.message.includes(name), error.message);
        return error.message.includes(`data.${option}`);
      });
      await assert.rejects(image({ data: PICTURE, raw: RAW, [option]: 5 }), { code: 'ERR_INVALID_ARG_TYPE' });
    }
    for (const position of ['entropy', 'attention']) {
      await assert.rejects(image({ data: PICTURE, raw: RAW, position }), {
        code: 'ERR_OUT_OF_RANGE',
        message: /entropy and attention do not exist here/,
      });
    }
  }),
);

test(
  'what is out of range is refused with the option and the range',
  withPool(async ({ image }) => {
    const given = { data: PICTURE, raw: RAW };
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
  'an area outside of the image is refused with both sizes',
  withPool(async ({ image }) => {
    const options = { data: PICTURE, raw: RAW, extract: { left: 30, top: 0, width: 11, height: 5 } };
    await assert.rejects(image(options), {
      name: 'RangeError',
      code: 'ERR_OUT_OF_RANGE',
      message: 'The area of data.extract, 11 x 5 at (30, 0), is not within the image, which has 40 x 30 pixels',
    });
    await assert.rejects(image({ ...options, rotate: 90 }), { message: /30 x 40 pixels after rotate$/ });
  }),
);

test(
  'a file is read and a file is written, and only the info returned',
  withPool(async ({ image, imageInfo, t }) => {
    const directory = directoryOf(t, {});
    const { data } = await image({ data: PICTURE, raw: RAW, format: 'png' });
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
    // Onto itself.
    await image({ file, width: 10, output: file });
    assert.equal((await imageInfo({ file })).width, 10);
    const output = path.join(directory, 'missing/out.png');
    await assert.rejects(image({ file, output }), { code: 'ENOENT', syscall: 'open', path: output });
    await assert.rejects(image({ file: path.join(directory, 'none') }), { code: 'ENOENT', syscall: 'open' });
    assert.deepEqual(fs.readdirSync(directory).sort(), ['other.jpg', 'out.jpg', 'ä b.png']);
  }),
);

test(
  'a task that fails leaves an existing output as it was, and nothing else',
  withPool(async ({ image, t }) => {
    const directory = directoryOf(t, { 'out.png': 'old', 'bad.png': Buffer.from('\x89PNG\r\n\x1a\nx', 'latin1') });
    const output = path.join(directory, 'out.png');
    await assert.rejects(image({ file: path.join(directory, 'bad.png'), output }), { code: 'ERR_INVALID_DATA' });
    assert.equal(fs.readFileSync(output, 'utf8'), 'old');
    assert.deepEqual(fs.readdirSync(directory).sort(), ['bad.png', 'out.png']);
  }),
);

test(
  'imageInfo reads of a large file only the header',
  { skip: process.platform === 'win32' ? 'such files take their whole size' : false },
  withPool(async ({ image, imageInfo, t }) => {
    for (const format of ['jpeg', 'png', 'webp']) {
      const { data } = await image({ data: PICTURE, raw: RAW, format });
      const file = path.join(directoryOf(t, { large: data }), 'large');
      fs.truncateSync(file, 2 ** 40); // a terabyte without blocks on the disk: reading it all would take hours
      const { width, size } = await imageInfo({ file });
      assert.deepEqual({ width, size }, { width: 40, size: 2 ** 40 });
    }
  }),
);

test(
  'progress is reported in rows, those read and those written',
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
  'a task can be aborted while it decodes, scales or encodes, and its thread goes on',
  withPool(async ({ pool, image }) => {
    const raw = { width: 3000, height: 2000, channels: 3 };
    const pixels = photo(3000, 2000);
    for (const options of [
      { data: pixels, raw, format: 'webp', lossless: true },
      { data: pixels, raw, format: 'png', width: 6000 },
      { data: pixels, raw, format: 'jpeg', progressive: true },
    ]) {
      const controller = new AbortController();
      const task = pool.run(options, { name: 'image', signal: controller.signal, onProgress() {} });
      controller.abort();
      await assert.rejects(task, { code: 'ABORT_ERR' });
      await assert.rejects(pool.run(options, { name: 'image', timeout: 1 }), { code: 'ERR_POOL_TIMEOUT' });
      assert.equal((await image({ data: PICTURE, raw: RAW })).info.size, PICTURE.length);
    }
  }),
);
