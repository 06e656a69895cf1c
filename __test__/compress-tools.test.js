'use strict';

// `native:compress` and `native:decompress` against the command-line tools of the formats.

const { test } = require('node:test');
const assert = require('node:assert/strict');
const { spawnSync } = require('node:child_process');
const { bytesOf } = require('./support/bytes');
const { FORMATS, levelsOf, withPool } = require('./support/compression');
const { scale } = require('./support/scale');
const { textOf } = require('./support/texts');

/** The command-line tool of each format, its arguments for a level, and the levels to test. */
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

/** The reason to skip the tests of a tool, or `false`. In CI they are never skipped: .ci/run installs the tools. */
function missing(name) {
  const isInstalled = spawnSync(name, ['--version'], { stdio: 'ignore' }).error === undefined;
  return isInstalled || process.env.NATIVE_WORKER_POOL_TOOLS === 'required' ? false : `${name} is not installed`;
}

const LENGTHS = [0, 1, 1000, 65_536, 131_073, scale(9_000_000, 700_000)];

for (const [format, { name, level: option, levels }] of Object.entries(TOOLS)) {
  const skip = missing(name);

  test(
    `the ${name} tool decompresses every level`,
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
    `the ${name} tool decompresses data of every length`,
    { skip },
    withPool(async ({ compress }) => {
      for (const length of LENGTHS) {
        for (const data of [textOf(format, length), bytesOf(format, length)]) {
          const level = Math.max(3, FORMATS[format].min);
          const { status, stdout } = runTool(name, ['-dc'], await compress({ data, format, level }));
          assert.equal(status, 0, `${length} bytes`);
          assert.ok(stdout.equals(data), `${length} bytes`);
        }
      }
    }),
  );

  test(
    `decompresses the output of the ${name} tool`,
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
  'decompresses lz4 frames with every frame option',
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
  'decompresses zstd with a 128 MiB window and without a checksum, and rejects a 1 GiB window',
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
  'decompresses concatenated members of gzip, zstd and lz4, as their tools do',
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
