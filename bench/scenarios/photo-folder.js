'use strict';

// Thumbnails of a folder of photos, on all cores.

const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { photo } = require('../photos');

const PHOTOS = 200;

/** The number of distinct photos. The others are copies. */
const DISTINCT = 8;

/** The interval of the memory measurements in milliseconds. */
const INTERVAL = 20;

/** Creates the folder, unless an earlier measurement has. @returns its path. */
async function folder(quick) {
  const directory = path.join(os.tmpdir(), `native-worker-pool-photos-${quick ? 'quick' : 'full'}`);
  if (fs.existsSync(path.join(directory, 'done'))) return directory;
  fs.mkdirSync(directory, { recursive: true });
  const sharp = require('sharp');
  const [width, height] = quick ? [320, 240] : [3000, 2250];
  for (let first = 0; first < DISTINCT; first++) {
    const raw = { width, height, channels: 3 };
    const data = await sharp(await photo(width, height, first), { raw })
      .jpeg({ quality: 90 })
      .toBuffer();
    for (let n = first; n < PHOTOS; n += DISTINCT) fs.writeFileSync(path.join(directory, `${n}.jpg`), data);
  }
  fs.writeFileSync(path.join(directory, 'done'), '');
  return directory;
}

module.exports = {
  name: 'photo-folder',
  title: 'A folder of photos',
  about:
    `${PHOTOS} JPEG files of 6.75 megapixels are scaled to thumbnails of 320 x 240 pixels in another folder, all ` +
    'submitted at once. The pool has one worker per core; sharp has its default settings. The figures are the time until ' +
    'all files are written, the CPU time of all threads, and the largest growth of the resident set size (RSS), sampled ' +
    'every 20 ms. The photos are in the file system cache.',
  metrics: [
    { key: 'time', title: 'time', unit: 's', better: 'less' },
    { key: 'cpu', title: 'CPU time', unit: 's', better: 'less' },
    { key: 'rss', title: 'RSS', unit: 'MB', better: 'less' },
  ],
  chart: { metrics: ['time', 'cpu'], log: false },
  candidates: ['native-worker-pool', 'sharp'],
  seconds: 300,

  async measure({ create, quick }) {
    const from = await folder(quick);
    const to = fs.mkdtempSync(path.join(os.tmpdir(), 'native-worker-pool-thumbnails-'));
    try {
      const pool = create(os.availableParallelism(), { task: 'image', isDefault: true });
      const options = { width: 320, height: 240, format: 'jpeg' };
      await pool.run({ file: path.join(from, '0.jpg'), output: path.join(to, 'first.jpg'), ...options });
      const before = process.memoryUsage.rss();
      let peak = before;
      const timer = setInterval(() => {
        peak = Math.max(peak, process.memoryUsage.rss());
      }, INTERVAL);
      const cpu = process.cpuUsage();
      const start = performance.now();
      await Promise.all(
        Array.from({ length: PHOTOS }, (_, n) =>
          pool.run({ file: path.join(from, `${n}.jpg`), output: path.join(to, `${n}.jpg`), ...options }),
        ),
      );
      const time = (performance.now() - start) / 1e3;
      const { user, system } = process.cpuUsage(cpu);
      clearInterval(timer);
      peak = Math.max(peak, process.memoryUsage.rss());
      return { time, cpu: (user + system) / 1e6, rss: Math.max(1, peak - before) / 1e6 };
    } finally {
      fs.rmSync(to, { recursive: true });
    }
  },
};
