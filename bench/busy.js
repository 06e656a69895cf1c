'use strict';

// Keeps the workers of a pool busy, so that further tasks are queued.

const GROWTH = (1 + Math.sqrt(5)) / 2; // the time of fib(n + 1) divided by that of fib(n)
const PROBE = 28;

/**
 * Submits a task of about `ms` milliseconds for each of `size` workers, calibrated for this pool and this machine.
 * @returns `{ ended }`, a promise in an object, so that awaiting this function does not await the tasks.
 */
async function keepBusy(pool, size, ms) {
  let shortest = Number.POSITIVE_INFINITY;
  for (let i = 0; i < 5; i++) {
    const start = performance.now();
    await pool.run({ n: PROBE });
    shortest = Math.min(shortest, performance.now() - start);
  }
  const n = PROBE + Math.max(0, Math.ceil(Math.log(ms / shortest) / Math.log(GROWTH)));
  const ended = Promise.all(Array.from({ length: size }, () => pool.run({ n })));
  return { ended };
}

module.exports = { keepBusy };
