'use strict';

// The threads of this process, as the operating system lists them (Linux only).

const fs = require('node:fs');

/** For the `skip` option of a test. */
const unsupported = process.platform === 'linux' ? false : 'needs /proc';

/** Kernel flag PF_EXITING (include/linux/sched.h): the thread has ended, its entry not quite yet. */
const EXITING = 0x4;

/** The names of the threads that run; the kernel keeps 15 characters of each. */
function threadNames() {
  return fs.readdirSync('/proc/self/task').flatMap((id) => {
    let stat;
    try {
      stat = fs.readFileSync(`/proc/self/task/${id}/stat`, 'utf8');
    } catch {
      return []; // ended since the listing
    }
    // "ID (NAME) STATE PPID PGRP SESSION TTY TPGID FLAGS ..."; a name may hold anything.
    const name = stat.slice(stat.indexOf('(') + 1, stat.lastIndexOf(')'));
    const flags = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[6]);
    return flags & EXITING ? [] : [name];
  });
}

/** How many threads of native workers run. A thread has its name once it has come to run its first code. */
function nativeThreads() {
  return threadNames().filter((name) => name.startsWith('native:')).length;
}

/** How many threads the process has. */
const count = () => threadNames().length;

/** Whether it has more and fewer of its own, as it likes. */
const areUnsteady = process.versions.bun !== undefined || process.versions.deno !== undefined;

module.exports = { count, nativeThreads, areUnsteady, unsupported };
