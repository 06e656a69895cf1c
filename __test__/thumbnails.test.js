'use strict';

// The program examples/thumbnails.js.

const { test } = require('node:test');
const assert = require('node:assert/strict');
const { execFileSync, spawn, spawnSync } = require('node:child_process');
const { on, once } = require('node:events');
const fs = require('node:fs');
const path = require('node:path');
const { WorkerPool } = require('./support/build-with-test-workers');
const { directoryOf } = require('./support/files');
const { photo } = require('./support/photos');

const program = path.join(__dirname, '../examples/thumbnails.js');

/** Makes a folder, with a subfolder, of `count` images in several formats. */
async function folderOf(t, width, height, count) {
  const pool = new WorkerPool(1, 'native:image');
  const raw = { width, height, channels: 3 };
  const data = photo(width, height);
  const folder = directoryOf(t, {});
  fs.mkdirSync(path.join(folder, 'below'));
  for (let i = 0; i < count; i++) {
    const format = ['jpeg', 'png', 'webp'][i % 3];
    const output = path.join(folder, i % 2 ? 'below' : '', `${i}.${format}`);
    await pool.run({ data, raw, format, output, quality: 60 });
  }
  await pool.close();
  return folder;
}

test('writes a thumbnail of each image in a folder and its subfolders', async (t) => {
  const from = await folderOf(t, 200, 100, 6);
  fs.writeFileSync(path.join(from, 'notes.txt'), 'not an image');
  const to = path.join(directoryOf(t, {}), 'thumbnails');
  const printed = execFileSync(process.execPath, [program, from, to, '50', '50'], { encoding: 'utf8' });
  assert.equal(printed, '6 of 6 thumbnails written\n');
  const written = fs.readdirSync(to, { recursive: true }).filter((name) => name.endsWith('.jpg'));
  assert.deepEqual(written.map((name) => name.replaceAll(path.sep, '/')).sort(), [
    '0.jpeg.jpg',
    '2.webp.jpg',
    '4.png.jpg',
    'below/1.png.jpg',
    'below/3.jpeg.jpg',
    'below/5.webp.jpg',
  ]);
  const pool = new WorkerPool(1, 'native:imageInfo');
  for (const name of written) {
    const { format, width, height } = await pool.run({ file: path.join(to, name) });
    assert.deepEqual({ format, width, height }, { format: 'jpeg', width: 50, height: 25 });
  }
  await pool.close();
});

test('names an image that cannot be read, and writes the other thumbnails', async (t) => {
  const from = await folderOf(t, 20, 10, 2);
  fs.writeFileSync(path.join(from, 'bad.png'), 'not an image');
  const to = directoryOf(t, {});
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, from, to], { encoding: 'utf8' });
  assert.deepEqual({ status, stdout }, { status: 1, stdout: '2 of 3 thumbnails written\n' });
  assert.match(stderr, /^bad\.png: The data is not a JPEG, PNG, WebP or GIF image, but text$/m);
});

test('leaves only complete files after Ctrl-C', {
  skip: process.platform === 'win32' ? 'Windows has no SIGINT' : false,
}, async (t) => {
  const from = await folderOf(t, 1500, 1000, 40);
  const to = directoryOf(t, {});
  const child = spawn(process.execPath, [program, from, to, '1500', '1000'], { stdio: ['ignore', 'pipe', 'inherit'] });
  const watcher = fs.watch(to);
  for await (const [, name] of on(watcher, 'change')) if (name !== 'below') break; // the first file, maybe temporary
  watcher.close();
  child.kill('SIGINT');
  const [code, signal] = await once(child, 'exit');
  assert.ok(code === 130 || code === 0, `exit code ${code}, signal ${signal}`);
  const left = fs.readdirSync(to, { recursive: true }).filter((name) => name !== 'below');
  assert.deepEqual(
    left.filter((name) => !name.endsWith('.jpg')),
    [],
  );
  const pool = new WorkerPool(1, 'native:image');
  for (const name of left) await pool.run({ file: path.join(to, name), failOn: 'warning', format: 'raw' });
  await pool.close();
});
