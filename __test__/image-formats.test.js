'use strict';

// Decodes every supported kind of image and header. The tests generate the files.

const { test } = require('node:test');
const assert = require('node:assert/strict');
const zlib = require('node:zlib');
const { WorkerPool } = require('./support/build-with-test-workers');
const { exif, makeGif, makePng, withSegment } = require('./support/image-files');
const { photo, psnr } = require('./support/photos');

const withPool = (run) => async () => {
  const pool = new WorkerPool(1, 'native');
  const image = (data, options) => pool.run({ data, format: 'raw', ...options }, { name: 'image' });
  const info = (data) => pool.run({ data }, { name: 'imageInfo' });
  try {
    await run({ pool, image, info });
  } finally {
    await pool.close();
  }
};

/** Returns rows of pixels. `pixelOf` returns the samples of one pixel. */
const pixelsOf = (width, height, pixelOf) =>
  Buffer.from(Array.from({ length: width * height }, (_, i) => pixelOf(i % width, Math.floor(i / width))).flat());

// PNG colour types.
const GREY = 0;
const RGB = 2;
const PALETTE = 3;
const GREY_ALPHA = 4;
const RGBA = 6;

/** The bit depths of each colour type. */
const DEPTHS = {
  [GREY]: [1, 2, 4, 8, 16],
  [RGB]: [8, 16],
  [PALETTE]: [1, 2, 4, 8],
  [GREY_ALPHA]: [8, 16],
  [RGBA]: [8, 16],
};
const [WIDTH, HEIGHT] = [13, 11];

/** Returns a function that computes `count` samples of a pixel. */
const samplesOf = (depth, count) => (x, y) =>
  Array.from({ length: count }, (_, channel) => (x * 7 + y * 13 + channel * 50 + ((x * y) << 8)) % 2 ** depth);

/** Converts a sample to 8 bits as decoders do: smaller depths are scaled up, and 16 bits are truncated. */
const to8 = (value, depth) => (depth === 16 ? value >> 8 : Math.round((value * 255) / (2 ** depth - 1)));

for (const isInterlaced of [false, true]) {
  test(
    `decodes every kind of ${isInterlaced ? 'interlaced ' : ''}PNG to the stored pixels`,
    withPool(async ({ image, info }) => {
      for (const [type, depths] of Object.entries(DEPTHS)) {
        const colours = Number(type);
        for (const depth of depths) {
          for (const isKeyed of colours === GREY_ALPHA || colours === RGBA ? [false] : [false, true]) {
            const count = { [GREY]: 1, [RGB]: 3, [PALETTE]: 1, [GREY_ALPHA]: 2, [RGBA]: 4 }[colours];
            const samples = samplesOf(depth, count);
            const palette = Array.from({ length: 2 ** Math.min(depth, 8) }, (_, i) => [i, 255 - i, (i * 7) % 256]);
            const chunks = {};
            const key = samples(3, 4);
            if (colours === PALETTE) chunks.PLTE = Buffer.from(palette.flat());
            if (isKeyed) {
              chunks.tRNS =
                colours === PALETTE
                  ? Buffer.from(palette.map((_, i) => (i * 31) % 256))
                  : Buffer.from(key.flatMap((value) => [value >> 8, value & 255]));
            }
            const png = makePng(WIDTH, HEIGHT, depth, colours, samples, { isInterlaced, chunks });
            const hasAlpha = isKeyed || colours === GREY_ALPHA || colours === RGBA;
            const expected = pixelsOf(WIDTH, HEIGHT, (x, y) => {
              const values = samples(x, y);
              const eight = values.map((value) => to8(value, depth));
              if (colours === PALETTE) return [...palette[values[0]], ...(isKeyed ? [chunks.tRNS[values[0]]] : [])];
              const isKey = isKeyed && values.every((value, i) => value === key[i]);
              const rgb = colours === GREY || colours === GREY_ALPHA ? Array(3).fill(eight[0]) : eight.slice(0, 3);
              if (!hasAlpha) return rgb;
              return [...rgb, isKeyed ? (isKey ? 0 : 255) : eight.at(-1)];
            });
            const message = `colour type ${colours}, ${depth} bits${isKeyed ? ', tRNS' : ''}`;
            const result = await image(png);
            assert.equal(result.info.channels, hasAlpha ? 4 : 3, message);
            assert.deepEqual(result.data, expected, message);
            const { channels, ...header } = await info(png);
            const own = colours === PALETTE ? 3 : count;
            assert.equal(channels, own + (isKeyed ? 1 : 0), message);
            assert.deepEqual(
              header,
              {
                format: 'png',
                width: WIDTH,
                height: HEIGHT,
                depth,
                hasAlpha,
                orientation: undefined,
                hasProfile: false,
                isProgressive: isInterlaced,
                pages: undefined,
                size: png.length,
              },
              message,
            );
          }
        }
      }
    }),
  );
}

test(
  'decodes a PNG with a single column or row, interlaced or not',
  withPool(async ({ image }) => {
    for (const [width, height] of [
      [1, 1],
      [1, 9],
      [9, 1],
      [3, 2],
    ]) {
      for (const isInterlaced of [false, true]) {
        const samples = samplesOf(8, 3);
        const png = makePng(width, height, 8, RGB, samples, { isInterlaced });
        assert.deepEqual((await image(png)).data, pixelsOf(width, height, samples));
      }
    }
  }),
);

const COLOURS = [
  [255, 0, 0],
  [0, 255, 0],
  [0, 0, 255],
  [9, 8, 7],
];

test(
  'decodes the first frame of a GIF on a transparent canvas',
  withPool(async ({ image, info }) => {
    const first = { left: 1, top: 1, width: 2, height: 2, indices: [0, 1, 2, 3], transparent: 3, disposal: 2 };
    const second = { width: 4, height: 3, indices: Array(12).fill(1) };
    const gif = makeGif(4, 3, COLOURS, [first, second]);
    const none = [0, 0, 0, 0];
    const expected = [
      [none, none, none, none],
      [none, [255, 0, 0, 255], [0, 255, 0, 255], none],
      [none, [0, 0, 255, 255], none, none],
    ];
    const { data, info: written } = await image(gif);
    assert.deepEqual(
      data.map((value, i) => (data[i - (i % 4) + 3] === 0 ? 0 : value)),
      Buffer.from(expected.flat(2)),
    );
    assert.equal(written.channels, 4);
    const { pages, hasAlpha, channels, isProgressive } = await info(gif);
    assert.deepEqual(
      { pages, hasAlpha, channels, isProgressive },
      { pages: 2, hasAlpha: true, channels: 4, isProgressive: false },
    );
  }),
);

test(
  'decodes a GIF frame that covers the canvas without alpha, interlaced or not',
  withPool(async ({ image, info, pool }) => {
    const [width, height] = [5, 19];
    const order = [0, 8, 16, 4, 12, 2, 6, 10, 14, 18, 1, 3, 5, 7, 9, 11, 13, 15, 17];
    const index = (x, y) => (x + y * 3) % 4;
    const rows = (ys) => ys.flatMap((y) => Array.from({ length: width }, (_, x) => index(x, y)));
    const expected = pixelsOf(width, height, (x, y) => COLOURS[index(x, y)]);
    const frames = [
      { width, height, indices: rows(order), isInterlaced: true },
      { width, height, indices: rows([...Array(height).keys()]) },
    ];
    for (const frame of frames) {
      for (const palette of [undefined, COLOURS]) {
        const global = palette === undefined ? COLOURS : [[1, 1, 1]];
        const gif = makeGif(width, height, global, [{ ...frame, palette }]);
        const { data, info: written } = await image(gif);
        assert.deepEqual(data, expected);
        assert.equal(written.channels, 3);
        assert.equal((await info(gif)).isProgressive, frame.isInterlaced === true);
        const { info: png } = await pool.run({ data: gif }, { name: 'image' });
        assert.equal(png.format, 'png', 'the output format of a GIF defaults to PNG');
      }
    }
  }),
);

test(
  'crops a GIF frame that extends beyond the canvas',
  withPool(async ({ image }) => {
    const gif = makeGif(2, 2, COLOURS, [{ left: 1, top: 0, width: 2, height: 3, indices: [0, 1, 2, 3, 0, 1] }]);
    const { data } = await image(gif);
    assert.deepEqual([...data], [0, 0, 0, 0, 255, 0, 0, 255, 0, 0, 0, 0, 0, 0, 255, 255]);
  }),
);

const RAW = { width: 40, height: 30, channels: 3 };
const PHOTO = photo(40, 30);

/** Encodes the photo. */
async function encoded(pool, options) {
  const { data } = await pool.run({ data: PHOTO, raw: RAW, ...options }, { name: 'image' });
  return data;
}

test(
  'decodes each format that it writes, and imageInfo describes it',
  withPool(async ({ pool, image, info }) => {
    for (const [options, isProgressive, minPsnr] of [
      [{ format: 'jpeg', quality: 95 }, false, 30],
      [{ format: 'jpg', quality: 95, progressive: true }, true, 30],
      [{ format: 'png' }, false, Infinity],
      [{ format: 'png', progressive: true }, true, Infinity],
      [{ format: 'webp', quality: 95 }, false, 28],
      [{ format: 'webp', lossless: true }, false, Infinity],
    ]) {
      const data = await encoded(pool, options);
      const message = JSON.stringify(options);
      assert.ok(psnr((await image(data)).data, PHOTO) >= minPsnr, message);
      assert.deepEqual(
        await info(data),
        {
          format: options.format === 'jpg' ? 'jpeg' : options.format,
          width: 40,
          height: 30,
          channels: 3,
          depth: 8,
          hasAlpha: false,
          orientation: undefined,
          hasProfile: false,
          isProgressive,
          pages: undefined,
          size: data.length,
        },
        message,
      );
    }
  }),
);

test(
  'reads a valid EXIF orientation of JPEG and PNG in both byte orders',
  withPool(async ({ pool, info }) => {
    const jpeg = await encoded(pool, { format: 'jpeg' });
    for (const isLittle of [false, true]) {
      for (const orientation of [0, 1, 5, 8, 9, 300]) {
        const expected = orientation >= 1 && orientation <= 8 ? orientation : undefined;
        const data = exif(orientation, isLittle);
        const segment = Buffer.concat([Buffer.from('Exif\0\0'), data]);
        assert.equal((await info(withSegment(jpeg, 0xe1, segment))).orientation, expected);
        const png = makePng(2, 2, 8, RGB, samplesOf(8, 3), { chunks: { eXIf: data } });
        assert.equal((await info(png)).orientation, expected);
      }
    }
    // EXIF data truncated at each byte.
    for (let length = 0; length < 26; length++) {
      const segment = Buffer.concat([Buffer.from('Exif\0\0'), exif(6).subarray(0, length)]);
      const { orientation } = await info(withSegment(jpeg, 0xe1, segment));
      assert.equal(orientation, length >= 20 ? 6 : undefined, `${length} bytes`);
    }
  }),
);

test(
  'applies the EXIF orientation before all other operations',
  withPool(async ({ pool, image }) => {
    const jpeg = await encoded(pool, { format: 'jpeg', quality: 100 });
    const rotated = withSegment(jpeg, 0xe1, Buffer.concat([Buffer.from('Exif\0\0'), exif(6)]));
    const { info } = await image(rotated);
    assert.deepEqual([info.width, info.height], [30, 40]);
    const upright = await image(rotated, { rotate: 270 });
    assert.deepEqual(upright.data, (await image(jpeg)).data);
    const asStored = await image(rotated, { autoOrient: false });
    assert.deepEqual(asStored.data, (await image(jpeg)).data);
    // The output has no orientation.
    const again = await pool.run({ data: rotated }, { name: 'image' });
    const { orientation, width } = await pool.run({ data: again.data }, { name: 'imageInfo' });
    assert.deepEqual([orientation, width], [undefined, 30]);
  }),
);

test(
  'imageInfo reports an embedded ICC profile',
  withPool(async ({ info }) => {
    const iCCP = Buffer.concat([Buffer.from('profile\0\0'), zlib.deflateSync(Buffer.alloc(200))]);
    const withProfile = makePng(2, 2, 8, RGB, samplesOf(8, 3), { chunks: { iCCP } });
    assert.equal((await info(withProfile)).hasProfile, true);
  }),
);
