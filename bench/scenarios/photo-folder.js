'use strict';

// A folder of photos on all cores.

const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { photo } = require('../photos');

const PHOTOS = 200;

/** How many photos differ; the others are copies. */
const KINDS = 8;

/** How often the memory is measured, in milliseconds. */
const INTERVAL = 20;

/** Writes the folder once for all measurements. @returns its path. */
async function folder(quick) {
  const directory = path.join(os.tmpdir(), `native-worker-pool-photos-${quick ? 'quick' : 'full'}`);
  if (fs.existsSync(path.join(directory, 'done'))) return directory;
  fs.mkdirSync(directory, { recursive: true });
  const sharp = require('sharp');
  const [width, height] = quick ? [320, 240] : [3000, 2250];
  for (let kind = 0; kind < KINDS; kind++) {
    const raw = { width, height, channels: 3 };
    const data = await sharp(await photo(width, height, kind), { raw })
      .jpeg({ quality: 90 })
      .toBuffer();
    for (let n = kind; n < PHOTOS; n += KINDS) fs.writeFileSync(path.join(directory, `${n}.jpg`), data);
  }
  fs.writeFileSync(path.join(directory, 'done'), '');
  return directory;
}

module.exports = {
  name: 'photo-folder',
  title: 'A folder of photos',
  about:
    `${PHOTOS} JPEG files of 6.75 megapixels become thumbnails of 320 x 240 in another folder, all of them submitted at once. ` +
    'The pool has a worker for each core; sharp has its defaults. The time until all are written, the CPU time of all threads, and the growth of the ' +
    'resident set size (RSS) at most, measured every 20 ms. The folder is in the cache of the file system.',
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
      let most = before;
      const timer = setInterval(() => {
        most = Math.max(most, process.memoryUsage.rss());
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
      most = Math.max(most, process.memoryUsage.rss());
      return { time, cpu: (user + system) / 1e6, rss: Math.max(1, most - before) / 1e6 };
    } finally {
      fs.rmSync(to, { recursive: true });
    }
  },
};
