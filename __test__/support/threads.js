'use strict';

// The threads of this process, as the operating system lists them (Linux only).

const assert = require('node:assert/strict');
const fs = require('node:fs');

/** The `skip` option of tests that use this. */
const unsupported = process.platform === 'linux' ? false : 'needs /proc';

/** The kernel flag PF_EXITING (include/linux/sched.h): the thread has ended, but is still listed. */
const EXITING = 0x4;

/** The name of a thread, cut to 15 characters by the kernel. Undefined if the thread has ended. */
function nameOf(id) {
  let stat;
  try {
    stat = fs.readFileSync(`/proc/self/task/${id}/stat`, 'utf8');
  } catch {
    return undefined;
  }
  // "ID (NAME) STATE PPID PGRP SESSION TTY TPGID FLAGS ..."; a name may contain any character.
  const name = stat.slice(stat.indexOf('(') + 1, stat.lastIndexOf(')'));
  const flags = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[6]);
  return flags & EXITING ? undefined : name;
}

/** The names of all running threads. */
function threadNames() {
  return fs
    .readdirSync('/proc/self/task')
    .map(nameOf)
    .filter((name) => name !== undefined);
}

/** Counts the running threads of native workers. A thread sets its name when it starts to run. */
function nativeThreads() {
  return threadNames().filter((name) => name.startsWith('native:')).length;
}

/** Whether the timer thread runs. */
const isTimerThere = () => threadNames().includes('pool-timer');

/** Counts the threads of the process. */
const count = () => threadNames().length;

/** An expression for a worker file: the kernel's ID of the thread that evaluates it. */
const OWN_ID = `Number(require('node:path').basename(require('node:fs').readlinkSync('/proc/thread-self')))`;

/**
 * Blocks this thread until another thread has ended. All messages of the other thread are then pending, and the event
 * loop has delivered none of them.
 */
function blockUntilEnded(id) {
  const nothing = new Int32Array(new SharedArrayBuffer(4));
  const end = performance.now() + 60_000;
  while (nameOf(id) !== undefined) {
    assert.ok(performance.now() < end, `thread ${id} has not ended`);
    Atomics.wait(nothing, 0, 0, 1);
  }
}

/** Whether the runtime starts and ends threads of its own at any time. */
const areUnsteady = process.versions.bun !== undefined || process.versions.deno !== undefined;

module.exports = { count, isTimerThere, nativeThreads, OWN_ID, blockUntilEnded, areUnsteady, unsupported };
