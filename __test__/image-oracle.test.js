'use strict';

// Compares the results of `native:image` and `native:imageInfo` with those of sharp.

const { test } = require('node:test');
const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { WorkerPool } = require('./support/build-with-test-workers');
const { sharp, skip } = require('./support/oracle');
const { photo, psnr } = require('./support/photos');
const { positions } = require('./support/positions');

const [WIDTH, HEIGHT] = [451, 300];

const FITS = ['cover', 'contain', 'fill', 'inside', 'outside'];
const KERNELS = ['nearest', 'linear', 'cubic', 'mitchell', 'lanczos2', 'lanczos3'];

/** The minimum PSNR between an image scaled down here and by sharp, in dB. */
const MIN_PSNR = 35;

/**
 * The minimum PSNR of enlarged images and of the kernel `nearest`, in dB. libvips shifts enlarged images by half a
 * pixel; they are centred here. `nearest` may select another of two pixels at the same distance.
 */
const MIN_PSNR_SHIFTED = 20;

const transparent = { r: 0, g: 0, b: 0, alpha: 0 };

/** The photo as an image of sharp. */
const rawOf = (channels, width = WIDTH, height = HEIGHT) =>
  sharp(photo(width, height, channels), { raw: { width, height, channels } });

/** The photo in each format, by name. */
async function images() {
  return {
    png: await rawOf(3).png().toBuffer(),
    'png with alpha': await rawOf(4).png().toBuffer(),
    jpeg: await rawOf(3).jpeg({ quality: 95 }).toBuffer(),
    webp: await rawOf(3).webp({ quality: 95 }).toBuffer(),
    'webp with alpha': await rawOf(4).webp({ lossless: true }).toBuffer(),
  };
}

const withPool = (run) => async () => {
  const pool = new WorkerPool(1, 'native:image');
  try {
    await run(pool);
  } finally {
    await pool.close();
  }
};

/** Asserts that two raw images have the same size, and a PSNR of at least `minPsnr` dB. */
function assertSimilar(actual, expected, minPsnr, message) {
  const { width, height, channels } = expected.info;
  const { format, size, ...shape } = actual.info;
  assert.equal(format, 'raw');
  assert.equal(size, actual.data.length);
  assert.deepEqual(shape, { width, height, channels }, message);
  const ratio = psnr(actual.data, expected.data, channels);
  assert.ok(ratio >= minPsnr, `${message}: ${ratio} dB`);
}

/** Decodes an image of sharp. */
const raw = (image) => image.raw().toBuffer({ resolveWithObject: true });

/** Requested widths and heights. */
const SIZES = [
  [100, 100],
  [100, undefined],
  [undefined, 77],
  [7, 7],
  [1, 1],
  [333, 40],
  [41, 299],
  [60, 61],
  [600, 500],
];

for (const fit of FITS) {
  test(
    `fit ${fit} matches sharp`,
    { skip },
    withPool(async (pool) => {
      for (const [name, data] of Object.entries(await images())) {
        const background = name.includes('alpha') ? transparent : undefined;
        for (const [width, height] of SIZES) {
          for (const withoutEnlargement of [false, true]) {
            const options = { width, height, fit, withoutEnlargement };
            const expected = await raw(sharp(data).resize({ ...options, background }));
            const actual = await pool.run({ data, ...options, format: 'raw' });
            const isEnlarged = (width ?? 0) > WIDTH || (height ?? 0) > HEIGHT;
            const message = `${name}, ${width} x ${height}`;
            assertSimilar(actual, expected, isEnlarged ? MIN_PSNR_SHIFTED : MIN_PSNR, message);
          }
        }
      }
    }),
  );
}

test(
  'every position crops and pads as in sharp',
  { skip },
  withPool(async (pool) => {
    const data = await rawOf(3, 151, 77).png().toBuffer();
    for (const position of positions) {
      for (const [width, height] of [
        [61, 61],
        [60, 61],
        [20, 77],
        [151, 30],
      ]) {
        for (const fit of ['cover', 'contain']) {
          const options = { width, height, fit, position };
          const expected = await raw(sharp(data).resize(options));
          const actual = await pool.run({ data, ...options, format: 'raw' });
          assertSimilar(actual, expected, MIN_PSNR, `${fit} ${position}, ${width} x ${height}`);
        }
      }
    }
  }),
);

for (const kernel of KERNELS) {
  test(
    `kernel ${kernel} matches sharp`,
    { skip },
    withPool(async (pool) => {
      for (const [name, data] of Object.entries(await images())) {
        for (const width of [23, 100, 200, 300, 450, 600]) {
          const expected = await raw(sharp(data).resize({ width, kernel }));
          const actual = await pool.run({ data, width, kernel, format: 'raw' });
          const isShifted = kernel === 'nearest' || width > WIDTH;
          assertSimilar(actual, expected, isShifted ? MIN_PSNR_SHIFTED : MIN_PSNR, `${name}, ${width}`);
        }
      }
    }),
  );
}

test(
  'every EXIF orientation is applied as in sharp, and ignored with autoOrient false',
  { skip },
  withPool(async (pool) => {
    for (let orientation = 1; orientation <= 8; orientation++) {
      for (const format of ['jpeg', 'png', 'webp']) {
        const data = await rawOf(3).withMetadata({ orientation }).toFormat(format).toBuffer();
        for (const size of [{}, { width: 90 }, { width: 60, height: 111 }, { height: 111 }]) {
          const message = `${format} ${orientation} ${JSON.stringify(size)}`;
          const expected = await raw(sharp(data).autoOrient().resize(size));
          const actual = await pool.run({ data, ...size, format: 'raw' });
          assertSimilar(actual, expected, MIN_PSNR, message);
          const asStored = await raw(sharp(data).resize(size));
          const ignored = await pool.run({ data, ...size, format: 'raw', autoOrient: false });
          assertSimilar(ignored, asStored, MIN_PSNR, `${message}, ignored`);
        }
      }
    }
  }),
);

test(
  'extract, rotate, flip and flop are applied in the same order as in sharp',
  { skip },
  withPool(async (pool) => {
    const data = await rawOf(3).withMetadata({ orientation: 6 }).jpeg({ quality: 95 }).toBuffer();
    const areas = [
      undefined,
      { left: 10, top: 20, width: 200, height: 150 },
      { left: 0, top: 0, width: 1, height: 300 },
    ];
    for (const rotate of [0, 90, 180, 270, -90, 450]) {
      for (const [flip, flop] of [
        [false, false],
        [true, false],
        [false, true],
        [true, true],
      ]) {
        for (const extract of areas) {
          for (const size of [undefined, { width: 80, height: 60 }, { height: 75, fit: 'inside' }]) {
            let image = sharp(data).autoOrient().flip(flip).flop(flop);
            if (rotate !== 0) image = image.rotate(rotate);
            if (extract) image = image.extract(extract);
            if (size) image = image.resize(size);
            const options = { rotate, flip, flop, extract, ...size };
            const actual = await pool.run({ data, ...options, format: 'raw' });
            assertSimilar(actual, await raw(image), MIN_PSNR, JSON.stringify(options));
          }
        }
      }
    }
  }),
);

test(
  'converts colours with an ICC profile to sRGB as sharp does',
  { skip },
  withPool(async (pool) => {
    for (const format of ['jpeg', 'png', 'webp']) {
      // The same photo in the Display P3 colour space.
      const data = await rawOf(3).withIccProfile('p3').toFormat(format, { quality: 95 }).toBuffer();
      for (const size of [{}, { width: 100 }]) {
        const expected = await raw(sharp(data).resize(size));
        assertSimilar(await pool.run({ data, ...size, format: 'raw' }), expected, 45, format);
      }
      // Without the profile, the colours would be duller.
      const dull = await raw(sharp(data, { ignoreIcc: true }));
      const { data: actual } = await pool.run({ data, format: 'raw' });
      const converted = await raw(sharp(data));
      assert.ok(psnr(actual, dull.data) < psnr(actual, converted.data) - 10, `${format}: the profile was not applied`);
    }
  }),
);

test(
  'converts CMYK with a profile as sharp does, and without one by ideal inks',
  { skip },
  withPool(async (pool) => {
    const ink = await rawOf(3).withIccProfile('cmyk').toColourspace('cmyk').jpeg({ quality: 95 }).toBuffer();
    assertSimilar(await pool.run({ data: ink, format: 'raw' }), await raw(sharp(ink)), 30, 'with a profile');
    const plain = await rawOf(3).toColourspace('cmyk').jpeg({ quality: 95 }).toBuffer();
    assertSimilar(await pool.run({ data: plain, format: 'raw' }), await raw(sharp(plain)), 20, 'without a profile');
    // Without the Adobe marker, the values are not inverted.
    const at = plain.indexOf('Adobe') - 4;
    const inverted = Buffer.concat([plain.subarray(0, at), plain.subarray(at + 16)]);
    const { data } = await pool.run({ data: inverted, format: 'raw' });
    const { data: upright } = await pool.run({ data: plain, format: 'raw' });
    assert.ok(psnr(data, upright) < 15, 'the values without the marker were inverted');
  }),
);

test(
  'writes files of similar size and quality as sharp at the same quality setting',
  { skip },
  withPool(async (pool) => {
    const pixels = photo(WIDTH, HEIGHT);
    const given = { data: pixels, raw: { width: WIDTH, height: HEIGHT, channels: 3 } };
    for (const format of ['jpeg', 'webp']) {
      for (const quality of [1, 30, 60, 80, 90, 100]) {
        for (const progressive of format === 'jpeg' ? [false, true] : [undefined]) {
          const options = { quality, ...(progressive === undefined ? {} : { progressive }) };
          const theirs = await rawOf(3).toFormat(format, options).toBuffer();
          const { data: ours } = await pool.run({ ...given, format, ...options });
          const message = `${format} ${quality} ${progressive}`;
          const ratio = ours.length / theirs.length;
          assert.ok(ratio >= 0.8 && ratio <= 1.25, `${message}: the file is ${ratio} times as large`);
          const psnrOf = async (file) => psnr((await raw(sharp(file))).data, pixels);
          const loss = (await psnrOf(theirs)) - (await psnrOf(ours));
          assert.ok(loss <= 0.7, `${message}: the PSNR is ${loss} dB lower`);
        }
      }
    }
    for (const [name, data, channels] of [
      ['photo', pixels, 3],
      ['photo with alpha', photo(WIDTH, HEIGHT, 4), 4],
      ['flat', Buffer.alloc(WIDTH * HEIGHT * 3, 200), 3],
      ['stripes', Buffer.from({ length: WIDTH * HEIGHT * 3 }).map((_, i) => (i % 120 < 60 ? 30 : 220)), 3],
    ]) {
      const shape = { width: WIDTH, height: HEIGHT, channels };
      const theirs = await sharp(data, { raw: shape }).png().toBuffer();
      for (const progressive of [false, true]) {
        const ours = await pool.run({ data, raw: shape, format: 'png', progressive });
        const { isProgressive } = await sharp(ours.data).metadata();
        assert.equal(isProgressive, progressive);
        assert.deepEqual((await raw(sharp(ours.data))).data, data, name);
        if (!progressive) assert.ok(ours.info.size <= theirs.length, `${name}: ${ours.info.size}, ${theirs.length}`);
      }
    }
  }),
);

/** The areas that docs/tasks/image.md has for areas that sharp extracts before it rotates, by the angle. */
function areasOfThePage(W, H, { left, top, width, height }) {
  const page = fs.readFileSync(path.resolve(__dirname, '../docs/tasks/image.md'), 'utf8');
  const values = { W, H, left, top, width, height };
  return [...page.matchAll(/^\| (90|180|270) \| `(\{.*\})` \|$/gm)].map(([, angle, area]) => ({
    angle: Number(angle),
    area: new Function(...Object.keys(values), `return (${area})`)(...Object.values(values)),
  }));
}

test(
  'the areas in docs/tasks/image.md select what sharp extracts before it rotates',
  { skip },
  withPool(async (pool) => {
    const extract = { left: 20, top: 10, width: 150, height: 100 };
    const data = await rawOf(3).png().toBuffer();
    const areas = areasOfThePage(WIDTH, HEIGHT, extract);
    assert.deepEqual(
      areas.map(({ angle }) => angle),
      [90, 180, 270],
    );
    for (const { angle, area } of areas) {
      const expected = await raw(sharp(data).extract(extract).rotate(angle));
      const actual = await pool.run({ data, rotate: angle, extract: area, format: 'raw' });
      assert.deepEqual([actual.info.width, actual.info.height], [expected.info.width, expected.info.height]);
      assert.deepEqual(actual.data, expected.data, `${angle}`);
    }
  }),
);

test('imageInfo returns the same metadata as sharp', { skip }, async () => {
  const pool = new WorkerPool(1, 'native:imageInfo');
  const files = {
    ...(await images()),
    gif: await rawOf(4).gif().toBuffer(),
    'grey jpeg': await rawOf(3).toColourspace('b-w').jpeg().toBuffer(),
    'cmyk jpeg': await rawOf(3).toColourspace('cmyk').jpeg().toBuffer(),
    'progressive jpeg': await rawOf(3).withIccProfile('p3').jpeg({ progressive: true }).toBuffer(),
    'interlaced png': await rawOf(3).png({ progressive: true }).toBuffer(),
    '16 bits': await rawOf(3).toColourspace('rgb16').png().toBuffer(),
    'rotated webp': await rawOf(3).withMetadata({ orientation: 5 }).webp().toBuffer(),
  };
  for (const [name, data] of Object.entries(files)) {
    const { format, width, height, channels, hasAlpha, orientation, hasProfile, isProgressive, pages, size } =
      await sharp(data).metadata();
    const { depth, ...info } = await pool.run({ data });
    const expected = { format, width, height, channels, hasAlpha, orientation, hasProfile, isProgressive, pages, size };
    assert.deepEqual(info, expected, name);
    assert.equal(depth, name === '16 bits' ? 16 : 8);
  }
  await pool.close();
});

test(
  'grayscale matches sharp',
  { skip },
  withPool(async (pool) => {
    for (const [name, data] of Object.entries(await images())) {
      const expected = await sharp(data).grayscale().png().toBuffer();
      const { data: png, info } = await pool.run({ data, grayscale: true, format: 'png' });
      assert.equal(info.channels, name.includes('alpha') ? 4 : 3);
      const [left, right] = [await raw(sharp(png)), await raw(sharp(expected))];
      assert.ok(psnr(left.data, right.data, info.channels) >= 45, name);
      const one = await raw(sharp(data).grayscale());
      assertSimilar(await pool.run({ data, grayscale: true, format: 'raw' }), one, 45, name);
    }
    const shades = [0, 36, 73, 109, 146, 182, 219, 255];
    const data = Buffer.from(shades.flatMap((r) => shades.flatMap((g) => shades.flatMap((b) => [r, g, b]))));
    const shape = { width: 64, height: 8, channels: 3 };
    const expected = await sharp(data, { raw: shape }).grayscale().raw().toBuffer();
    const actual = await pool.run({ data, raw: shape, grayscale: true });
    assert.equal(actual.data.length, expected.length);
    actual.data.forEach((grey, i) => {
      assert.ok(
        Math.abs(grey - expected[i]) <= 1,
        `${data.subarray(3 * i, 3 * i + 3).join()}: ${grey}, ${expected[i]}`,
      );
    });
  }),
);
