'use strict';

// Writes a thumbnail of each image of a folder to another folder and shows a progress bar on stderr. Ctrl-C stops it
// and leaves only complete files.
//
//     node examples/thumbnails.js FROM TO [WIDTH] [HEIGHT]
//
// In a project that depends on the package, require it by its name:
//
//     const { WorkerPool } = require('native-worker-pool');

const fs = require('node:fs/promises');
const { availableParallelism } = require('node:os');
const path = require('node:path');
const { WorkerPool } = require('..');

const IMAGE = /\.(jpe?g|png|webp|gif)$/i;
const BAR_LENGTH = 40;

/** The images of a folder and its subfolders, as sorted paths relative to the folder. */
async function imagesIn(folder) {
  const entries = await fs.readdir(folder, { recursive: true, withFileTypes: true });
  const images = entries.filter((entry) => entry.isFile() && IMAGE.test(entry.name));
  return images.map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name))).sort();
}

/** The file name of a thumbnail. It keeps the extension of the image, so that `a.png` and `a.jpg` do not collide. */
const thumbnailOf = (image) => `${image}.jpg`;

/** Shows how many images are done. Does nothing if stderr is not a terminal. */
function showProgress(done, total) {
  const { stderr } = process;
  if (!stderr.isTTY) return;
  const bar = '#'.repeat((done / total) * BAR_LENGTH).padEnd(BAR_LENGTH, '.');
  stderr.cursorTo(0);
  stderr.write(`[${bar}] ${done} of ${total}${done === total ? '\n' : ''}`);
}

async function main() {
  const [from, to, width = '320', height = '240'] = process.argv.slice(2);
  if (to === undefined) {
    console.error('Usage: node examples/thumbnails.js FROM TO [WIDTH] [HEIGHT]');
    process.exitCode = 1;
    return;
  }

  const controller = new AbortController();
  const { signal } = controller;
  process.once('SIGINT', () => controller.abort());

  const images = await imagesIn(from);
  for (const folder of new Set(images.map((image) => path.join(to, path.dirname(image))))) {
    await fs.mkdir(folder, { recursive: true });
  }

  const pool = new WorkerPool(availableParallelism(), 'native:image');
  let done = 0;
  const results = await Promise.allSettled(
    images.map(async (image) => {
      const file = path.join(from, image);
      const output = path.join(to, thumbnailOf(image));
      try {
        return await pool.run(
          { file, output, width: Number(width), height: Number(height), fit: 'inside', format: 'jpeg' },
          { signal },
        );
      } finally {
        done += 1;
        if (!signal.aborted) showProgress(done, images.length);
      }
    }),
  );
  await pool.close();

  let written = 0;
  results.forEach(({ reason }, i) => {
    if (reason === undefined) written += 1;
    else if (!signal.aborted) console.error(`${images[i]}: ${reason.message}`);
  });
  console.log(`${written} of ${images.length} thumbnails written`);
  if (signal.aborted) process.exitCode = 130;
  else if (written < images.length) process.exitCode = 1;
}

main();
