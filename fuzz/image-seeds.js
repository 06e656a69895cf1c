'use strict';

// Generates the seeds of the fuzz targets for images with the addon:
//   node fuzz/image-seeds.js     writes them to fuzz/seeds

const fs = require('node:fs');
const path = require('node:path');
const { WorkerPool } = require('..');
const { exif, makeGif, makePng, withSegment } = require('../__test__/support/image-files');
const { photo } = require('../__test__/support/photos');

/** The bytes that select the options in `src/image.rs`: no options, a smaller size, and most options at once. */
const OPTIONS = [
  [0, 0, 0, 0, 0, 4, 0, 0],
  [9, 7, 0, 0, 5, 4, 0, 0],
  [5, 11, 129, 130, 132, 189, 131, 133],
];

const COLOURS = [
  [255, 0, 0],
  [0, 255, 0],
  [0, 0, 255],
];

async function files() {
  const pool = new WorkerPool(1, 'native:image');
  const write = async (options, channels = 3) => {
    const raw = { width: 40, height: 24, channels };
    return (await pool.run({ data: photo(40, 24, channels), raw, ...options })).data;
  };
  const jpeg = await write({ format: 'jpeg' });
  const grey = (x, y) => [(x + y) % 2];
  const rgba = (x, y) => [x * 9, y * 9, 77, x * y];
  const turned = Buffer.concat([Buffer.from('Exif\0\0'), exif(6)]);
  const indices = Array.from({ length: 30 }, (_, i) => i % 3);
  const result = {
    image_jpeg: {
      baseline: jpeg,
      progressive: await write({ format: 'jpeg', progressive: true }),
      turned: withSegment(jpeg, 0xe1, turned),
      'with-profile': withSegment(jpeg, 0xe2, Buffer.concat([Buffer.from('ICC_PROFILE\0\x01\x01'), Buffer.alloc(200)])),
    },
    image_png: {
      photo: await write({ format: 'png' }, 4),
      bits: makePng(19, 7, 1, 0, grey, { chunks: { tRNS: Buffer.from([0, 1]) } }),
      palette: makePng(9, 9, 2, 3, grey, { chunks: { PLTE: Buffer.from(COLOURS.flat()), tRNS: Buffer.from([9]) } }),
      interlaced: makePng(13, 11, 8, 6, rgba, { isInterlaced: true, chunks: { eXIf: exif(8, false) } }),
      deep: makePng(5, 5, 16, 2, () => [1, 2, 65535]),
    },
    image_webp: {
      lossy: await write({ format: 'webp' }),
      lossless: await write({ format: 'webp', lossless: true }),
      alpha: await write({ format: 'webp' }, 4),
    },
    image_gif: {
      animation: makeGif(6, 5, COLOURS, [
        { width: 6, height: 5, indices, transparent: 1, disposal: 2 },
        { left: 1, top: 1, width: 3, height: 2, indices: indices.slice(0, 6) },
      ]),
      interlaced: makeGif(6, 5, [[1, 2, 3]], [{ width: 6, height: 5, indices, isInterlaced: true, palette: COLOURS }]),
    },
  };
  await pool.close();
  return result;
}

async function main() {
  for (const [target, seeds] of Object.entries(await files())) {
    const folder = path.join(__dirname, 'seeds', target);
    fs.mkdirSync(folder, { recursive: true });
    for (const [name, file] of Object.entries(seeds)) {
      OPTIONS.forEach((options, i) => {
        fs.writeFileSync(path.join(folder, `${name}-${i}`), Buffer.concat([Buffer.from(options), file]));
      });
    }
  }
}

main();
