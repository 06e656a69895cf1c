'use strict';

// The throughput of compression and decompression relative to another implementation, measured in one process.

const { median } = require('../statistics');
const { textOf } = require('../texts');
const { byTurns } = require('../turns');
const mongodbZstd = require('../pools/mongodb-zstd');
const node = require('../pools/node');

/** Each comparison: the other library, its name, and the arguments. */
const COMPARISONS = {
  gzip: { library: node, with: 'zlib', format: 'gzip', level: 6 },
  gunzip: { library: node, with: 'zlib', format: 'gzip', level: 6, task: 'decompress' },
  zstd: { library: mongodbZstd, with: '@mongodb-js/zstd', format: 'zstd', level: 3 },
  unzstd: { library: mongodbZstd, with: '@mongodb-js/zstd', format: 'zstd', level: 3, task: 'decompress' },
  brotli: { library: node, with: 'zlib', format: 'brotli', level: 5 },
  unbrotli: { library: node, with: 'zlib', format: 'brotli', level: 5, task: 'decompress' },
};

const SIZES = { '64 KiB': 2 ** 16, '1 MiB': 2 ** 20, '16 MiB': 2 ** 24 };

/** Each comparison with each size. */
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
    'A pool of 1 worker compresses or decompresses text (source code and documents of packages), by turns with ' +
    'another implementation in the same process: 9 turns each, of 50 ms or of one call if that takes longer. The ' +
    'figure is the median of the throughput ratios of the pairs of turns. The level is 6 for gzip, 5 for brotli and ' +
    '3 for zstd. `node:zlib` is called synchronously, and `@mongodb-js/zstd` has one thread. For 64 KiB, 16 tasks ' +
    'are submitted at once. The last columns compare the compressed sizes.',
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
      const other = base(1, { task });
      const [ours, theirs] = await byTurns([concurrently(pool, data, count), concurrently(other, data, count)], turns);
      values[key] = median(ours.map((ms, i) => theirs[i] / ms));
      if (task === 'compress') values[`size of ${key}`] = (await pool.run(data)).length / theirPacked.length;
    }
    return values;
  },
};

/** Returns a function that submits the task `count` times at once and awaits all of them. */
const concurrently = (pool, data, count) => () => Promise.all(Array.from({ length: count }, () => pool.run(data)));
