'use strict';

// A task that no one can stop: its thread waits in a synchronous call for a process that reads from a pipe.

const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { directoryOf } = require('./files');

/** For the `skip` option of a test. */
const unsupported = process.platform === 'win32' ? 'has no named pipes in the file system' : false;

/** A worker file of function style: a task answers with its thread, but for those of `stuckTask`. */
const SOURCE = `
  const { execFileSync } = require('node:child_process');
  const { threadId } = require('node:worker_threads');
  module.exports = ({ pipe, isAfter } = {}) => {
    const wait = () => execFileSync('cat', [pipe]);
    if (isAfter) setImmediate(wait);
    else if (pipe !== undefined) wait();
    return threadId;
  };`;

/**
 * @returns {{ file: string, task: object, taskBefore: object, isStuck(): Promise<void>, release(): Promise<void> }} the
 *   worker file; the data of a task that waits for `release`, or answers and has its thread wait after it; and a promise
 *   that the thread waits.
 */
function stuckTask(t) {
  const directory = directoryOf(t, { 'package.json': '{ "type": "commonjs" }', 'worker.js': SOURCE });
  const pipe = path.join(directory, 'pipe');
  execFileSync('mkfifo', [pipe]);
  let writer;
  const isOpen = async () => {
    writer ??= fs.promises.open(pipe, 'w'); // opened when another opens it to read
    return writer;
  };
  return {
    file: path.join(directory, 'worker.js'),
    task: { pipe },
    taskBefore: { pipe, isAfter: true },
    isStuck: isOpen,
    release: async () => (await isOpen()).close(),
  };
}

module.exports = { stuckTask, unsupported };
