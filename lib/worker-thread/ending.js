'use strict';

// How the pool ends a thread: the exit handlers run, however long they take. The functions are captured before the
// worker file can replace them.

const { apply } = Reflect;
const { exit, reallyExit } = process;

/** Ends the thread. */
function endThread() {
  try {
    apply(exit, process, []);
  } finally {
    // An exit handler has thrown, or the program has replaced what `exit` calls.
    if (reallyExit !== undefined) apply(reallyExit, process, [0]);
  }
}

module.exports = { endThread };
