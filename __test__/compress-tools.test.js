'use strict';

// The formats' own tools as oracles.

const { test } = require('node:test');
const assert = require('node:assert/strict');
const { spawnSync } = require('node:child_process');
const { WorkerPool } = require('./support/build-with-test-workers');
const { bytesOf } = require('./support/bytes');
const { FORMATS, levelsOf } = require('./support/compression');
const { scale } = require('./support/scale');
const { textOf } = require('./support/texts');

/** The tool of each format, how it is told a level, and the levels that it has. */
const TOOLS = {
  gzip: { name: 'gzip', level: (level) => [`-${level}`], levels: [1, 6, 9] },
  brotli: { name: 'brotli', level: (level) => ['-q', String(level)], levels: [0, 5, 11] },
  zstd: { name: 'zstd', level: (level) => ['--ultra', `-${level}`], levels: [1, 3, 19, 22] },
  lz4: { name: 'lz4', level: (level) => [`-${level}`], levels: [1, 3, 9, 12] },
};

function runTool(name, args, input) {
  const { error, status, stdout, stderr } = spawnSync(name, args, { input, maxBuffer: 2 ** 28 });
  if (error) throw error;
  return { status, stdout, stderr: String(stderr) };
}

/** Why the tests of a tool cannot run, or false. In CI they must: .ci/run installs the tools. */
function missing(name) {
  const isThere = spawnSync(name, ['--version'], { stdio: 'ignore' }).error === undefined;
  return isThere || process.env.NATIVE_WORKER_POOL_TOOLS === 'required' ? false : `there is no ${name} here`;
}

const LENGTHS = [0, 1, 1000, 65_536, 131_073, scale(9_000_000, 700_000)];

/** Runs a test with a pool of two threads. */
const withPool = (run) => async (t) => {
  const pool = new WorkerPool(2, { compress: 'native:compress', decompress: 'native:decompress' });
  try {
    await run(pool.proxy(), t);
  } finally {
    await pool.close();
  }
};

for (const [format, { name, level: option, levels }] of Object.entries(TOOLS)) {
  const skip = missing(name);

  test(
    `the tool ${name} reads every level`,
    { skip },
    withPool(async ({ compress }) => {
      const data = textOf(format, scale(500_000, 70_000));
      for (const level of levelsOf(format)) {
        const { status, stdout, stderr } = runTool(name, ['-dc'], await compress({ data, format, level }));
        assert.deepEqual({ status, stderr }, { status: 0, stderr: '' }, `level ${level}`);
        assert.ok(stdout.equals(data), `level ${level}`);
      }
    }),
  );

  test(
    `the tool ${name} reads data of every length`,
    { skip },
    withPool(async ({ compress }) => {
      for (const length of LENGTHS) {
        for (const data of [textOf(format, length), bytesOf(format, length)]) {
          const level = Math.max(3, FORMATS[format].least);
          const { status, stdout } = runTool(name, ['-dc'], await compress({ data, format, level }));
          assert.equal(status, 0, `${length} bytes`);
          assert.ok(stdout.equals(data), `${length} bytes`);
        }
      }
    }),
  );

  test(
    `data of the tool ${name} are read`,
    { skip },
    withPool(async ({ decompress }) => {
      for (const length of LENGTHS) {
        for (const data of [textOf(format, length), bytesOf(format, length)]) {
          for (const level of length > 1e6 ? levels.slice(0, 2) : levels) {
            const { stdout } = runTool(name, ['-c', ...option(level)], data);
            const given = format === 'brotli' ? { data: stdout, format } : { data: stdout };
            assert.ok((await decompress(given)).equals(data), `${length} bytes, level ${level}`);
          }
        }
      }
    }),
  );
}

test(
  'lz4 with every option of its frames is read',
  { skip: missing('lz4') },
  withPool(async ({ decompress }) => {
    const data = Buffer.concat([textOf('lz4', 600_000), bytesOf('lz4', 300_000)]);
    const options = [
      ['-B4'],
      ['-B5'],
      ['-B7'],
      ['-BD'],
      ['-B4', '-BD'],
      ['-BX'],
      ['--no-frame-crc'],
      ['--content-size'],
    ];
    for (const args of options) {
      const { status, stdout } = runTool('lz4', ['-c', ...args], data);
      assert.equal(status, 0, args.join(' '));
      assert.ok((await decompress({ data: stdout })).equals(data), args.join(' '));
    }
  }),
);

test(
  'zstd with long windows and without a checksum is read',
  { skip: missing('zstd') },
  withPool(async ({ decompress }) => {
    const data = Buffer.concat([textOf('zstd', 600_000), bytesOf('zstd', 300_000)]);
    for (const args of [['--long=27'], ['--no-check'], ['--fast=5'], ['--single-thread', '-19']]) {
      const { status, stdout } = runTool('zstd', ['-c', ...args], data);
      assert.equal(status, 0, args.join(' '));
      assert.ok((await decompress({ data: stdout })).equals(data), args.join(' '));
    }
    const { stdout } = runTool('zstd', ['-c', '--long=30', '--ultra', '-1'], data);
    await assert.rejects(decompress({ data: stdout }), { code: 'ERR_BUFFER_TOO_LARGE', message: /134217728/ });
  }),
);

test(
  'members that the tools concatenate are read by both',
  { skip: missing('gzip') || missing('zstd') || missing('lz4') },
  withPool(async ({ compress, decompress }) => {
    const [first, second] = [textOf('first', 100_000), textOf('second', 10)];
    for (const format of ['gzip', 'zstd', 'lz4']) {
      const { name } = TOOLS[format];
      const theirs = [first, second].map((data) => runTool(name, ['-c'], data).stdout);
      const ours = [await compress({ data: first, format }), await compress({ data: second, format })];
      const both = Buffer.concat([first, second]);
      for (const members of [theirs, ours, [theirs[0], ours[1]], [ours[0], theirs[1]]]) {
        const stream = Buffer.concat(members);
        assert.ok((await decompress({ data: stream })).equals(both), format);
        assert.ok(runTool(name, ['-dc'], stream).stdout.equals(both), format);
      }
    }
  }),
);
