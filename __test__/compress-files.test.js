'use strict';

// Compression from file to file. The output file appears complete or not at all.

const { test } = require('node:test');
const assert = require('node:assert/strict');
const { execFileSync, spawnSync } = require('node:child_process');
const { EventEmitter, once } = require('node:events');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { pathToFileURL } = require('node:url');
const { WorkerPool } = require('./support/build-with-test-workers');
const { bytesOf } = require('./support/bytes');
const { runProgram } = require('./support/child');
const { FORMATS } = require('./support/compression');
const { directoryOf, fileOf, unixOnly } = require('./support/files');
const { noPeakMemory } = require('./support/peak-memory');
const { scale } = require('./support/scale');
const { textOf } = require('./support/texts');

/** The size of one read in bytes; see crates/workers/src/source.rs. */
const PIECE = 128 * 1024;

const TEMPORARY = /^\.out\.[0-9a-f]{16}\.native-worker-pool\.tmp$/;

/** Makes a test function with a folder and a pool of one thread. A task that never ends would block the next one. */
const withPool = (run) => async (t) => {
  const pool = new WorkerPool(1, { compress: 'native:compress', decompress: 'native:decompress' });
  try {
    await run(pool.proxy(), directoryOf(t, {}));
    await pool.run({ data: 'next' }, { name: 'compress' }); // the thread is free
  } finally {
    await pool.close();
  }
};

test(
  'compresses and decompresses files of every length in every format',
  withPool(async ({ compress, decompress }, folder) => {
    const [plain, packed, back] = ['in', 'packed', 'back'].map((name) => path.join(folder, name));
    for (const format of Object.keys(FORMATS)) {
      for (const length of [0, 1, 1000, PIECE - 1, PIECE, PIECE + 1, 5 * PIECE + 7]) {
        const data = textOf(format, length);
        fs.writeFileSync(plain, data);
        const written = await compress({ file: plain, format, level: 3, output: packed });
        assert.deepEqual(written, { bytesRead: length, bytesWritten: fs.statSync(packed).size });
        const read = await decompress({ file: packed, format, output: back });
        assert.deepEqual(read, { bytesRead: written.bytesWritten, bytesWritten: length });
        assert.ok(fs.readFileSync(back).equals(data), `${format}, ${length} bytes`);
        assert.ok((await decompress({ file: packed, format })).equals(data));
        assert.ok((await decompress({ data: await compress({ file: plain, format }), format })).equals(data));
      }
    }
    assert.deepEqual(fs.readdirSync(folder).sort(), ['back', 'in', 'packed']);
  }),
);

test(
  'output is a path or a file: URL, with data as well as with file',
  withPool(async ({ compress, decompress }, folder) => {
    const out = path.join(folder, 'ä out#1');
    const url = pathToFileURL(out);
    for (const output of [out, path.relative(process.cwd(), out), url, url.href]) {
      fs.rmSync(out, { force: true });
      await compress({ data: 'text', output });
      assert.equal(String(await decompress({ file: out })), 'text');
    }
  }),
);

test(
  'file and output may be the same file',
  withPool(async ({ compress, decompress }, folder) => {
    const file = path.join(folder, 'file');
    const data = textOf('same', 10 * PIECE);
    fs.writeFileSync(file, data);
    await compress({ file, output: file });
    assert.ok(fs.statSync(file).size < data.length / 2);
    await decompress({ file, output: file });
    assert.ok(fs.readFileSync(file).equals(data));
  }),
);

test(
  'rejects an output that cannot be written as node:fs does, before it reads the input',
  withPool(async ({ compress }, folder) => {
    const missing = path.join(folder, 'missing', 'out');
    await assert.rejects(compress({ file: '/no/such/file', output: missing }), (error) => {
      assert.deepEqual(
        { ...error },
        { code: 'ENOENT', errno: -os.constants.errno.ENOENT, syscall: 'open', path: missing },
      );
      assert.equal(error.message, `ENOENT: no such file or directory, open '${missing}'`);
      return true;
    });
    await assert.rejects(compress({ data: 'x', output: folder }), { code: 'EISDIR', syscall: 'open', path: folder });
    await assert.rejects(compress({ data: 'x', output: '' }), { code: 'ENOENT', syscall: 'open', path: '' });
    const below = path.join(__filename, 'below');
    if (!unixOnly.skip) {
      await assert.rejects(compress({ data: 'x', output: below }), { code: 'ENOTDIR', syscall: 'open' });
    }
    assert.deepEqual(fs.readdirSync(folder), []);
  }),
);

test(
  'a failed task keeps the old output file and leaves no other file',
  withPool(async ({ compress, decompress }, folder) => {
    const out = path.join(folder, 'out');
    fs.writeFileSync(out, 'old');
    const damaged = await compress({ data: bytesOf('damaged', 2e6), level: 1 });
    damaged[damaged.length - 5] ^= 1;
    await assert.rejects(decompress({ data: damaged, output: out }), { code: 'ERR_INVALID_DATA' });
    const bomb = await compress({ data: Buffer.alloc(2e7) });
    await assert.rejects(decompress({ data: bomb, output: out, maxOutputLength: 1e7 }), {
      code: 'ERR_BUFFER_TOO_LARGE',
      message: 'The decompressed data are larger than data.maxOutputLength, 10000000 bytes',
    });
    await assert.rejects(compress({ file: path.join(folder, 'missing'), output: out }), { code: 'ENOENT' });
    assert.equal(fs.readFileSync(out, 'utf8'), 'old');
    assert.deepEqual(fs.readdirSync(folder), ['out']);
  }),
);

/** Makes a pipe, with which a test controls when the task that reads it continues. */
function fifoIn(folder) {
  const file = path.join(folder, 'fifo');
  execFileSync('mkfifo', [file]);
  return file;
}

test(
  'writes to a temporary file, and an aborted task removes it',
  unixOnly,
  withPool(async ({ compress }, folder) => {
    const out = path.join(folder, 'out');
    fs.writeFileSync(out, 'old');
    const file = fifoIn(folder);
    const controller = new AbortController();
    const progressed = new EventEmitter();
    const options = { signal: controller.signal, onProgress: (progress) => progressed.emit('progress', progress) };
    const firstProgress = once(progressed, 'progress');
    const task = compress({ file, format: 'lz4', output: out }, options);
    const writer = await fs.promises.open(file, 'w'); // resolves when the task has opened it for reading
    await writer.writeFile(bytesOf('piece', 1e6));
    const [{ total }] = await firstProgress;
    assert.equal(total, undefined, 'the size of a pipe is unknown');
    const names = fs.readdirSync(folder).sort();
    assert.match(names[0], TEMPORARY);
    assert.deepEqual(names.slice(1), ['fifo', 'out']);
    controller.abort();
    await assert.rejects(task, { code: 'ABORT_ERR' });
    await compress({ data: 'x' }); // runs when the thread has stopped the aborted task
    await writer.close();
    assert.deepEqual(fs.readdirSync(folder).sort(), ['fifo', 'out']);
    assert.equal(fs.readFileSync(out, 'utf8'), 'old');
  }),
);

test('a killed process leaves the old output file and a temporary file', unixOnly, async (t) => {
  const folder = directoryOf(t, { out: 'old' });
  const file = fifoIn(folder);
  // The child both reads and writes the pipe and never closes it, so the task never ends.
  const { signal } = await runProgram(
    `
    const fs = require('node:fs');
    const pool = new WorkerPool(1, 'native:compress');
    const [file, output] = ${JSON.stringify([file, path.join(folder, 'out')])};
    pool.run({ file, format: 'lz4', output }, { onProgress: () => console.log('writing') });
    fs.createWriteStream(file).write(Buffer.alloc(1e6, 'x'));
    `,
    { onStdout: (child) => child.kill('SIGKILL') },
  );
  assert.equal(signal, 'SIGKILL');
  const names = fs.readdirSync(folder).sort();
  assert.match(names[0], TEMPORARY);
  assert.deepEqual(names.slice(1), ['fifo', 'out']);
  assert.equal(fs.readFileSync(path.join(folder, 'out'), 'utf8'), 'old');
});

test(
  'an existing output keeps its permissions, and a new one gets the default permissions',
  unixOnly,
  withPool(async ({ compress }, folder) => {
    const mode = (file) => (fs.statSync(file).mode & 0o7777).toString(8);
    const [out, other] = ['out', 'other'].map((name) => path.join(folder, name));
    fs.writeFileSync(other, '');
    await compress({ data: 'x', output: out });
    assert.equal(mode(out), mode(other));
    for (const permissions of [0o600, 0o640, 0o777]) {
      fs.chmodSync(out, permissions);
      await compress({ data: 'y', output: out });
      assert.equal(mode(out), permissions.toString(8));
    }
  }),
);

test(
  'refuses to replace a read-only file',
  { skip: unixOnly.skip || (process.getuid?.() === 0 ? 'root can write to every file' : false) },
  withPool(async ({ compress }, folder) => {
    const out = path.join(folder, 'out');
    fs.writeFileSync(out, 'old', { mode: 0o444 });
    await assert.rejects(compress({ data: 'x', output: out }), { code: 'EACCES', syscall: 'open', path: out });
    assert.equal(fs.readFileSync(out, 'utf8'), 'old');
  }),
);

test(
  'keeps a symbolic link and replaces its target',
  unixOnly,
  withPool(async ({ compress, decompress }, folder) => {
    fs.mkdirSync(path.join(folder, 'below'));
    const [link, target] = ['link', 'below/target'].map((name) => path.join(folder, name));
    fs.symlinkSync('below/target', link);
    for (const data of ['new', 'replaced']) {
      await compress({ data, output: link });
      assert.ok(fs.lstatSync(link).isSymbolicLink());
      assert.equal(String(await decompress({ file: target })), data);
    }
    assert.deepEqual(fs.readdirSync(path.join(folder, 'below')), ['target']);
    fs.symlinkSync('loop', path.join(folder, 'loop'));
    await assert.rejects(compress({ data: 'x', output: path.join(folder, 'loop') }), { code: 'ELOOP' });
  }),
);

test(
  'a hard link to the old output file keeps the old contents',
  unixOnly,
  withPool(async ({ compress }, folder) => {
    const [out, link] = ['out', 'link'].map((name) => path.join(folder, name));
    fs.writeFileSync(out, 'old');
    fs.linkSync(out, link);
    await compress({ data: 'new', output: out });
    assert.equal(fs.readFileSync(link, 'utf8'), 'old');
    assert.notEqual(fs.readFileSync(out, 'utf8'), 'old');
  }),
);

test(
  'refuses a pipe or a device as output',
  unixOnly,
  withPool(async ({ compress }, folder) => {
    for (const output of [fifoIn(folder), '/dev/null', '/dev/full']) {
      if (!fs.existsSync(output)) continue; // macOS has no /dev/full
      await assert.rejects(compress({ data: 'x', output }), { code: 'EINVAL', syscall: 'open', path: output });
    }
    assert.deepEqual(fs.readdirSync(folder), ['fifo']);
  }),
);

test('refuses a link to a pipe that has no path', { skip: process.platform !== 'linux' }, async (t) => {
  const file = fileOf(
    t,
    `const { WorkerPool } = require(${JSON.stringify(path.resolve(__dirname, '..'))});
     const pool = new WorkerPool(1, 'native:compress');
     pool.run({ data: 'x', output: '/dev/stdout' }).catch(({ code, path }) => console.log(code, path));`,
  );
  const { stdout } = spawnSync('sh', ['-c', '"$0" "$1" | cat', process.execPath, file], { encoding: 'utf8' });
  assert.equal(stdout, 'EINVAL /dev/stdout\n');
});

test('rejects with EFBIG above the file size limit and leaves no file', unixOnly, async (t) => {
  const folder = directoryOf(t, {});
  const output = path.join(folder, 'out');
  const program = `
    const { WorkerPool } = require(${JSON.stringify(path.resolve(__dirname, '..'))});
    const pool = new WorkerPool(1, 'native:compress');
    const data = require('node:crypto').randomBytes(4e6);
    pool.run({ data, format: 'zstd', output: ${JSON.stringify(output)} }).catch(({ code, syscall, path }) => {
      console.log(code, syscall, path);
    });
  `;
  const { stdout, stderr } = spawnSync('sh', ['-c', 'ulimit -f 2000 && exec "$0" -e "$1"', process.execPath, program], {
    encoding: 'utf8',
  });
  assert.deepEqual({ stdout, stderr }, { stdout: `EFBIG write ${output}\n`, stderr: '' });
  assert.deepEqual(fs.readdirSync(folder), []);
});

test('rejects with ENOSPC on a full disk and leaves no file', {
  skip: process.platform === 'linux' ? false : 'only Linux has tmpfs',
}, async (t) => {
  const folder = directoryOf(t, {});
  if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', folder]).status !== 0) {
    return t.skip('mounting a small file system needs root');
  }
  const pool = new WorkerPool(1, 'native:compress');
  try {
    const output = path.join(folder, 'out');
    const task = pool.run({ data: bytesOf('full', 4e6), output });
    await assert.rejects(task, { code: 'ENOSPC', syscall: 'write', path: output });
    assert.deepEqual(fs.readdirSync(folder), []);
  } finally {
    await pool.close();
    spawnSync('umount', [folder]);
  }
});

/**
 * Levels whose memory stays below the limit of the next test; docs/tasks/compress.md lists the memory of all levels.
 */
const LEVELS = { gzip: 6, deflate: 9, brotli: 5, zstd: 3, lz4: 9 };

test('compresses and decompresses a large file in less than 64 MB of memory', { skip: noPeakMemory }, async (t) => {
  const folder = directoryOf(t, { large: '' });
  fs.truncateSync(path.join(folder, 'large'), scale(2 ** 31, 2 ** 28)); // a sparse file
  const { code, stdout, stderr } = await runProgram(`
    (async () => {
      const folder = ${JSON.stringify(folder)};
      const pool = new WorkerPool(1, 'native');
      const { compress, decompress } = pool.proxy();
      await compress({ data: 'warm' });
      const peak = () => process.resourceUsage().maxRSS * 1024;
      for (const [format, level] of Object.entries(${JSON.stringify(LEVELS)})) {
        const before = peak();
        const [file, output] = [folder + '/large', folder + '/' + format];
        await compress({ file, format, level, output });
        await decompress({ file: output, format, output: folder + '/back', maxOutputLength: Infinity });
        const growth = peak() - before;
        if (growth > 64e6) console.log(format, growth);
      }
      await pool.close();
    })();
  `);
  assert.deepEqual({ code, stdout, stderr }, { code: 0, stdout: '', stderr: '' });
});
