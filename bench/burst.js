'use strict';

// Many small tasks given to a pool at once.

/** Gives `count` tasks that take next to no time. @returns an array of their promises. */
function give(pool, count) {
  return Array.from({ length: count }, () => pool.run({ n: 1 }));
}

/** Lets the threads of a pool start, and V8 compile what a task goes through on both sides. */
async function warmUp(pool, count = 5_000) {
  await Promise.all(give(pool, count));
}

module.exports = { give, warmUp };
