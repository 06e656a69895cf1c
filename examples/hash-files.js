'use strict';

// The checksums of all files below a folder, as sha256sum prints them, with a progress bar on stderr.
//
//     node examples/hash-files.js FOLDER [ALGORITHM]
//
// In a project that has installed the package, the line that names it is
//
//     const { WorkerPool } = require('native-worker-pool');

const fs = require('node:fs/promises');
const { availableParallelism } = require('node:os');
const path = require('node:path');
const { WorkerPool } = require('..');

const BAR_LENGTH = 40;

/** The files below a folder, each with its size in bytes, in alphabetical order. */
async function filesIn(folder) {
  const entries = await fs.readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => path.join(entry.parentPath, entry.name));
  return Promise.all(files.sort().map(async (file) => ({ file, size: (await fs.stat(file)).size })));
}

/** Shows how many of the bytes are hashed. Does nothing if stderr is no terminal. */
function progressBar(total) {
  const { stderr } = process;
  let done = 0;
  return (bytes) => {
    done += bytes;
    if (!stderr.isTTY) return;
    const share = Math.min(done / total, 1); // a file may have grown
    const bar = '#'.repeat(share * BAR_LENGTH).padEnd(BAR_LENGTH, '.');
    stderr.cursorTo(0);
    stderr.write(`[${bar}] ${Math.floor(100 * share)} % of ${(total / 1e6).toFixed(1)} MB`);
  };
}

async function main() {
  const [folder, algorithm = 'sha256'] = process.argv.slice(2);
  if (folder === undefined) {
    console.error('Usage: node examples/hash-files.js FOLDER [ALGORITHM]');
    process.exitCode = 1;
    return;
  }

  const files = await filesIn(folder);
  const addBytes = progressBar(files.reduce((sum, { size }) => sum + size, 0));
  const pool = new WorkerPool(availableParallelism(), 'native:hash');

  // A waiting task is only a path, so any number may wait.
  const hashes = await Promise.allSettled(
    files.map(({ file }) => {
      let reported = 0;
      const onProgress = ({ done }) => {
        addBytes(done - reported);
        reported = done;
      };
      return pool.run({ file, algorithm }, { onProgress });
    }),
  );
  await pool.close();

  if (process.stderr.isTTY) process.stderr.write('\n');
  hashes.forEach(({ value, reason }, i) => {
    if (reason === undefined) {
      console.log(`${value}  ${files[i].file}`);
    } else {
      console.error(reason.message);
      process.exitCode = 1;
    }
  });
}

main();
