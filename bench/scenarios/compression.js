'use strict';

// The throughput of compression and decompression relative to that of another implementation, in one process.

const { median } = require('../statistics');
const { textOf } = require('../texts');
const { byTurns } = require('../turns');
const mongodbZstd = require('../pools/mongodb-zstd');
const node = require('../pools/node');

/** What is compared. */
const COMPARISONS = {
  gzip: { library: node, with: 'zlib', format: 'gzip', level: 6 },
  gunzip: { library: node, with: 'zlib', format: 'gzip', level: 6, task: 'decompress' },
  zstd: { library: mongodbZstd, with: '@mongodb-js/zstd', format: 'zstd', level: 3 },
  unzstd: { library: mongodbZstd, with: '@mongodb-js/zstd', format: 'zstd', level: 3, task: 'decompress' },
  brotli: { library: node, with: 'zlib', format: 'brotli', level: 5 },
  unbrotli: { library: node, with: 'zlib', format: 'brotli', level: 5, task: 'decompress' },
};

const SIZES = { '64 KiB': 2 ** 16, '1 MiB': 2 ** 20, '16 MiB': 2 ** 24 };

/** All pairs of a comparison and a size. */
const CASES = Object.entries(SIZES).flatMap(([size, bytes]) =>
  Object.entries(COMPARISONS).map(([name, comparison]) => ({
    key: `${name} ${size}`,
    name,
    size,
    bytes,
    ...comparison,
  })),
);

const COMPRESSED = CASES.filter(({ task }) => task === undefined);

module.exports = {
  name: 'compression',
  title: 'Compression by turns',
  about:
    'A pool of 1 worker compresses or decompresses text (the sources and documents of packages), by turns with another ' +
    'implementation in the same process: turns of 50 ms or of one call, 9 each. The ratio of the throughputs in each pair ' +
    'of turns; the median. gzip has level 6, brotli 5, zstd 3. `node:zlib` is called synchronously, and `@mongodb-js/zstd` ' +
    'has one thread. With 64 KiB, 16 tasks are submitted at once. The last columns compare the sizes of what was compressed.',
  metrics: [
    ...CASES.map(({ key, name, size, with: other }) => ({
      key,
      title: `${name} / ${other}, ${size}`,
      unit: 'times',
      better: 'more',
    })),
    ...COMPRESSED.map(({ key, name, size }) => ({
      key: `size of ${key}`,
      title: `${name} ${size}: size`,
      unit: 'times',
      better: 'less',
    })),
  ],
  chart: { metrics: CASES.map(({ key }) => key), log: false },
  candidates: ['native-worker-pool'],
  maxRounds: 3,
  seconds: 300,

  async measure({ create, quick }) {
    const turns = quick ? { ms: 5, rounds: 1 } : { ms: 50, rounds: 9 };
    const text = textOf(quick ? 2 ** 20 : 2 ** 24);
    const values = {};
    for (const { key, library, format, level, task = 'compress', bytes } of CASES) {
      const plain = text.subarray(0, bytes);
      const base = library.load();
      const theirPacked = await base(1, { task: 'compress' }).run({ data: plain, format, level });
      const data = task === 'compress' ? { data: plain, format, level } : { data: theirPacked, format };
      const count = bytes === SIZES['64 KiB'] ? 16 : 1;
      const pool = create(1, { task });
      const [ours, theirs] = await byTurns([atOnce(pool, data, count), atOnce(base(1, { task }), data, count)], turns);
      values[key] = median(ours.map((ms, i) => theirs[i] / ms));
      if (task === 'compress') values[`size of ${key}`] = (await pool.run(data)).length / theirPacked.length;
    }
    return values;
  },
};

/** @returns a function that runs the task so often at once. */
const atOnce = (pool, data, count) => () => Promise.all(Array.from({ length: count }, () => pool.run(data)));
