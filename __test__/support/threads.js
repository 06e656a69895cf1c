'use strict';

// The threads of this process, as the operating system lists them (Linux only).

const assert = require('node:assert/strict');
const fs = require('node:fs');

/** For the `skip` option of a test. */
const unsupported = process.platform === 'linux' ? false : 'needs /proc';

/** Kernel flag PF_EXITING (include/linux/sched.h): the thread has ended, its entry not quite yet. */
const EXITING = 0x4;

/** The name of a thread, of which the kernel keeps 15 characters; undefined if it has ended. */
function nameOf(id) {
  let stat;
  try {
    stat = fs.readFileSync(`/proc/self/task/${id}/stat`, 'utf8');
  } catch {
    return undefined;
  }
  // "ID (NAME) STATE PPID PGRP SESSION TTY TPGID FLAGS ..."; a name may hold anything.
  const name = stat.slice(stat.indexOf('(') + 1, stat.lastIndexOf(')'));
  const flags = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[6]);
  return flags & EXITING ? undefined : name;
}

/** The names of the threads that run. */
function threadNames() {
  return fs
    .readdirSync('/proc/self/task')
    .map(nameOf)
    .filter((name) => name !== undefined);
}

/** How many threads of native workers run. A thread has its name once it has come to run its first code. */
function nativeThreads() {
  return threadNames().filter((name) => name.startsWith('native:')).length;
}

/** Whether the thread of the timers runs. */
const isTimerThere = () => threadNames().includes('pool-timer');

/** How many threads the process has. */
const count = () => threadNames().length;

/** An expression for a worker file: the kernel's number of the thread that evaluates it. */
const OWN_ID = `Number(require('node:path').basename(require('node:fs').readlinkSync('/proc/thread-self')))`;

/**
 * Blocks this thread until another one has ended. Then all that the other one sent is there to be received, and
 * the event loop has reported none of it.
 */
function blockUntilEnded(id) {
  const nothing = new Int32Array(new SharedArrayBuffer(4));
  const end = performance.now() + 60_000;
  while (nameOf(id) !== undefined) {
    assert.ok(performance.now() < end, `thread ${id} has not ended`);
    Atomics.wait(nothing, 0, 0, 1);
  }
}

/** Whether it has more and fewer of its own, as it likes. */
const areUnsteady = process.versions.bun !== undefined || process.versions.deno !== undefined;

module.exports = { count, isTimerThere, nativeThreads, OWN_ID, blockUntilEnded, areUnsteady, unsupported };
