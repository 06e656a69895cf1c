'use strict';

// The time of image tasks relative to sharp, measured in one process.

const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { photo, screenshot } = require('../photos');
const { median } = require('../statistics');
const { byTurns } = require('../turns');
const sharp = require('../pools/sharp');

const CASES = [
  { key: 'large', title: '12 MP JPEG to 800 x 600', source: 'large.jpg', options: { width: 800, height: 600 } },
  { key: 'thumbnail', title: '12 MP JPEG to 200 x 150', source: 'large.jpg', options: { width: 200, height: 150 } },
  { key: 'small', title: '0.5 MP JPEG to 200 x 150', source: 'small.jpg', options: { width: 200, height: 150 } },
  { key: 'png photo', title: 'PNG of a photo', source: 'photo', options: { format: 'png' } },
  { key: 'png screenshot', title: 'PNG of a screenshot', source: 'screenshot', options: { format: 'png' } },
  { key: 'webp decode', title: 'WebP to pixels', source: 'large.webp', options: { format: 'raw' } },
  { key: 'webp encode', title: 'WebP of a photo', source: 'photo', options: { format: 'webp' } },
  { key: 'info', title: 'JPEG header', source: 'large.jpg', task: 'imageInfo' },
];

const WITH_FILE_SIZE = CASES.filter(({ options }) => options !== undefined && options.format !== 'raw');

const RAW = { width: 1600, height: 1200, channels: 3 };

/** Creates the input of the cases. @returns the `data`, `raw` and `file` fields of each source, by its name. */
async function sources(directory, quick) {
  const [width, height] = quick ? [400, 300] : [4000, 3000];
  const create = sharp.load();
  const write = async (pixels, raw, format, quality) =>
    (await create(1, { task: 'image' }).run({ data: pixels, raw, format, quality })).data;
  const large = await photo(width, height);
  const largeRaw = { width, height, channels: 3 };
  const files = {
    'large.jpg': await write(large, largeRaw, 'jpeg', 95),
    'large.webp': await write(large, largeRaw, 'webp', 85),
    'small.jpg': await write(await photo(816, 612), { width: 816, height: 612, channels: 3 }, 'jpeg', 90),
  };
  const result = {
    photo: { data: await photo(RAW.width, RAW.height), raw: RAW },
    screenshot: { data: screenshot(RAW.width, RAW.height), raw: RAW },
  };
  for (const [name, data] of Object.entries(files)) {
    const file = path.join(directory, name);
    fs.writeFileSync(file, data);
    result[name] = { file };
  }
  return result;
}

module.exports = {
  name: 'images',
  title: 'Images by turns with sharp',
  about:
    'A pool of 1 worker and sharp with `concurrency(1)` and `cache(false)` do the same work by turns in the same ' +
    'process: 9 turns each, of 50 ms or of one call if that takes longer. The figure is the median of the time ' +
    'ratios of the pairs of turns. The photos are noise at all scales with grain. JPEG and WebP are written with ' +
    'quality 80. The last columns compare the sizes of the output.',
  metrics: [
    ...CASES.map(({ key, title }) => ({ key, title, unit: 'times', better: 'more' })),
    ...WITH_FILE_SIZE.map(({ key, title }) => ({
      key: `size of ${key}`,
      title: `${title}: size`,
      unit: 'times',
      better: 'less',
    })),
  ],
  chart: { metrics: CASES.filter(({ task }) => task === undefined).map(({ key }) => key), log: false },
  candidates: ['native-worker-pool'],
  maxRounds: 3,
  seconds: 300,

  async measure({ create, quick }) {
    const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'native-worker-pool-images-'));
    try {
      const turns = quick ? { ms: 5, rounds: 1 } : { ms: 50, rounds: 9 };
      const data = await sources(directory, quick);
      const values = {};
      for (const { key, source, options, task = 'image' } of CASES) {
        const given = { ...data[source], ...(options && { format: 'jpeg', ...options }) };
        const [pool, base] = [create(1, { task }), sharp.load()(1, { task })];
        const [ours, theirs] = await byTurns([() => pool.run(given), () => base.run(given)], turns);
        values[key] = median(ours.map((ms, i) => theirs[i] / ms));
        if (options !== undefined && options.format !== 'raw') {
          values[`size of ${key}`] = (await pool.run(given)).info.size / (await base.run(given)).info.size;
        }
      }
      return values;
    } finally {
      fs.rmSync(directory, { recursive: true });
    }
  },
};
