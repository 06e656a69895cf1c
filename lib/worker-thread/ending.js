'use strict';

// Ends the thread when the pool has requested it. Exit handlers run first, however long they take. The functions are
// captured before the worker file can replace them.

const { apply } = Reflect;
const { exit } = process;
const { reallyExit } = /** @type {{ reallyExit?: typeof process.exit }} */ (process); // not in @types/node

/** Ends the thread. */
function endThread() {
  try {
    apply(exit, process, []);
  } finally {
    // An exit handler has thrown, or the program has replaced a function that `exit` calls.
    if (reallyExit !== undefined) apply(reallyExit, process, [0]);
  }
}

module.exports = { endThread };
