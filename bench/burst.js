'use strict';

// Submits many small tasks at once.

/** Submits `count` tasks that take almost no time. @returns an array of their promises. */
function give(pool, count) {
  return Array.from({ length: count }, () => pool.run({ n: 1 }));
}

/** Lets the threads of a pool start, and V8 compile the path of a task on both sides. */
async function warmUp(pool, count = 5_000) {
  await Promise.all(give(pool, count));
}

module.exports = { give, warmUp };
