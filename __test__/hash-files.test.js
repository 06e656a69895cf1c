'use strict';

const { test } = require('node:test');
const assert = require('node:assert/strict');
const { execFileSync } = require('node:child_process');
const { createHash } = require('node:crypto');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { pathToFileURL } = require('node:url');
const { WorkerPool } = require('./support/build-with-test-workers');
const { bytesOf } = require('./support/bytes');
const { runProgram } = require('./support/child');
const { directoryOf, unixOnly } = require('./support/files');
const { scale } = require('./support/scale');

/** How many bytes are read at once; see crates/workers/src/source.rs. */
const PIECE = 128 * 1024;

const sha256 = (data) => createHash('sha256').update(data).digest('hex');

/** Runs a test with a pool of one thread, so that a task which does not end blocks the next. */
const withPool = (run) => async (t) => {
  const pool = new WorkerPool(1, 'native:hash');
  try {
    await run(pool, t);
    assert.equal(await pool.run({ data: 'next' }), sha256('next'), 'the thread runs the next task');
  } finally {
    await pool.close();
  }
};

test(
  'a file is hashed as its bytes are, whatever its length',
  withPool(async (pool, t) => {
    const lengths = [0, 1, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE + 7];
    const contents = lengths.map((length) => bytesOf('file', length));
    const directory = directoryOf(t, Object.fromEntries(contents.map((bytes) => [bytes.length, bytes])));
    for (const data of contents) {
      const file = path.join(directory, String(data.length));
      for (const algorithm of ['sha256', 'blake3', 'crc32', 'xxh3']) {
        assert.equal(await pool.run({ file, algorithm }), await pool.run({ data, algorithm }), `${data.length} bytes`);
      }
      const key = 'secret';
      assert.equal(await pool.run({ file, key }), await pool.run({ data, key }));
    }
  }),
);

test(
  'a file is named by a path, a relative path, a file: URL or its text',
  withPool(async (pool, t) => {
    const file = path.join(directoryOf(t, { 'ä file#1': 'text' }), 'ä file#1');
    const url = pathToFileURL(file);
    for (const same of [file, path.relative(process.cwd(), file), url, url.href]) {
      assert.equal(await pool.run({ file: same }), sha256('text'), String(same));
    }
  }),
);

test(
  'a missing file rejects as in node:fs',
  withPool(async (pool, t) => {
    for (const file of [path.join(directoryOf(t, {}), 'missing'), '']) {
      const expected = { name: 'Error', code: 'ENOENT', syscall: 'open', path: file };
      assert.throws(() => fs.readFileSync(file), expected);
      await assert.rejects(pool.run({ file }), (error) => {
        assert.deepEqual(
          { ...error },
          { code: 'ENOENT', errno: -os.constants.errno.ENOENT, syscall: 'open', path: file },
        );
        assert.equal(error.message, `ENOENT: no such file or directory, open '${file}'`);
        return true;
      });
    }
  }),
);

test(
  'a directory rejects as in node:fs',
  { ...unixOnly },
  withPool(async (pool, t) => {
    const file = directoryOf(t, {});
    await assert.rejects(pool.run({ file }), { code: 'EISDIR', errno: -os.constants.errno.EISDIR, syscall: 'read' });
    await assert.rejects(pool.run({ file: path.join(__filename, 'below') }), { code: 'ENOTDIR', syscall: 'open' });
  }),
);

test(
  'a file that may not be read rejects as in node:fs',
  { skip: unixOnly.skip || (process.getuid?.() === 0 ? 'root may read every file' : false) },
  withPool(async (pool, t) => {
    const file = path.join(directoryOf(t, { secret: '' }), 'secret');
    fs.chmodSync(file, 0);
    await assert.rejects(pool.run({ file }), { code: 'EACCES', syscall: 'open', path: file });
  }),
);

test(
  'what names no file is refused',
  withPool(async (pool) => {
    for (const file of [5, true, {}, [], Buffer.from('x')]) {
      await assert.rejects(pool.run({ file }), { name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE' });
    }
    await assert.rejects(pool.run({ file: 'a\0b' }), { code: 'ERR_OUT_OF_RANGE' });
    await assert.rejects(pool.run({ file: new URL('https://example.com/x') }), { code: 'ERR_INVALID_URL_SCHEME' });
  }),
);

test(
  'an endless file can be aborted',
  unixOnly,
  withPool(async (pool) => {
    const controller = new AbortController();
    const onProgress = () => controller.abort('enough');
    const task = pool.run({ file: '/dev/zero' }, { signal: controller.signal, onProgress });
    await assert.rejects(task, { code: 'ABORT_ERR', cause: 'enough' });
  }),
);

test(
  'an endless file does not outlast its timeout',
  unixOnly,
  withPool(async (pool) => {
    await assert.rejects(pool.run({ file: '/dev/zero' }, { timeout: 20 }), { code: 'ERR_POOL_TIMEOUT' });
  }),
);

function fifoOf(t) {
  const file = path.join(directoryOf(t, {}), 'fifo');
  execFileSync('mkfifo', [file]);
  return file;
}

test(
  'a pipe that nobody writes to can be aborted and timed out',
  unixOnly,
  withPool(async (pool, t) => {
    const file = fifoOf(t);
    const controller = new AbortController();
    const task = pool.run({ file }, { signal: controller.signal });
    assert.equal(pool.stats().running, 1);
    controller.abort();
    await assert.rejects(task, { code: 'ABORT_ERR' });
    await assert.rejects(pool.run({ file }, { timeout: 10 }), { code: 'ERR_POOL_TIMEOUT' });
  }),
);

test(
  'a pipe is hashed until its writer closes it',
  unixOnly,
  withPool(async (pool, t) => {
    const file = fifoOf(t);
    const reports = [];
    const task = pool.run({ file }, { onProgress: (progress) => reports.push(progress) });
    const writer = await fs.promises.open(file, 'w'); // when the task has opened it, too
    const pieces = [bytesOf('first', 10), bytesOf('second', 300_000), bytesOf('third', 1)];
    for (const piece of pieces) await writer.writeFile(piece);
    await writer.close();
    const all = Buffer.concat(pieces);
    assert.equal(await task, sha256(all));
    assert.deepEqual(reports.at(-1), { done: all.length, total: undefined });
  }),
);

test(
  'the total of a file of /proc, whose length is 0, is unknown',
  { skip: process.platform !== 'linux' },
  withPool(async (pool) => {
    const reports = [];
    const task = pool.run({ file: '/proc/version' }, { onProgress: (progress) => reports.push(progress) });
    const content = fs.readFileSync('/proc/version');
    assert.equal(await task, sha256(content));
    assert.deepEqual(reports.at(-1), { done: content.length, total: undefined });
  }),
);

test('a large file is hashed in little memory', { skip: unixOnly.skip }, async (t) => {
  const file = path.join(directoryOf(t, { large: '' }), 'large');
  fs.truncateSync(file, scale(2 ** 30, 2 ** 28)); // without blocks on the disk
  const { code, stdout, stderr } = await runProgram(`
    (async () => {
      const pool = new WorkerPool(1, 'native:hash');
      const file = ${JSON.stringify(file)};
      await pool.run({ data: 'warm' });
      const before = process.memoryUsage.rss();
      let most = 0;
      const onProgress = () => { most = Math.max(most, process.memoryUsage.rss() - before); };
      await pool.run({ file, algorithm: 'crc32' }, { onProgress });
      await pool.close();
      console.log(most);
    })();
  `);
  assert.deepEqual({ code, stderr }, { code: 0, stderr: '' });
  assert.ok(Number(stdout) < 32e6, stdout);
});
