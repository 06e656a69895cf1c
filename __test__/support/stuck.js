'use strict';

// A task that cannot be stopped: its thread waits in a synchronous call for a process that reads from a pipe.

const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { directoryOf } = require('./files');

/** The `skip` option of tests that use this. */
const unsupported = process.platform === 'win32' ? 'Windows has no named pipes in the file system' : false;

/** A worker file of function style. A task returns its thread, except for the tasks of `stuckTask`. */
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
 * @returns {{ file: string, task: object, taskBefore: object, isStuck(): Promise<void>, release(): Promise<void> }}
 *   `file` is the worker file. `task` is the data of a task that waits for `release`. `taskBefore` is the data of a
 *   task that completes, whereupon its thread waits. `isStuck` resolves when the thread waits.
 */
function stuckTask(t) {
  const directory = directoryOf(t, { 'package.json': '{ "type": "commonjs" }', 'worker.js': SOURCE });
  const pipe = path.join(directory, 'pipe');
  execFileSync('mkfifo', [pipe]);
  let writer;
  const isOpen = async () => {
    writer ??= fs.promises.open(pipe, 'w'); // resolves when the other end is opened
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
