'use strict';

// Keeps the workers of a pool busy, so that further tasks are queued.

const GROWTH = (1 + Math.sqrt(5)) / 2; // the time of fib(n + 1) divided by that of fib(n)
const PROBE = 28;

/**
 * Finds the data of a task of about `ms` milliseconds, for this pool and this machine.
 * @returns {Promise<number>} the `n` of the task.
 */
async function calibrate(pool, ms) {
  let shortest = Number.POSITIVE_INFINITY;
  for (let i = 0; i < 5; i++) {
    const start = performance.now();
    await pool.run({ n: PROBE });
    shortest = Math.min(shortest, performance.now() - start);
  }
  return Math.max(1, Math.ceil(PROBE + Math.log(ms / shortest) / Math.log(GROWTH)));
}

/**
 * Submits a task of about `ms` milliseconds, or of fib(28) if that takes longer, for each of `size` workers.
 * @returns `{ ended }`, a promise in an object, so that awaiting this function does not await the tasks.
 */
async function keepBusy(pool, size, ms) {
  const n = Math.max(PROBE, await calibrate(pool, ms));
  const ended = Promise.all(Array.from({ length: size }, () => pool.run({ n })));
  return { ended };
}

module.exports = { calibrate, keepBusy };
