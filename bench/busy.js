'use strict';

// Keeps the workers of a pool busy, so that what is given to it meanwhile is queued.

const GROWTH = (1 + Math.sqrt(5)) / 2; // fib(n + 1) takes so many times what fib(n) takes
const PROBE = 28;

/**
 * Gives each of `size` workers a task of some `ms` milliseconds, on this pool and this machine.
 * @returns `{ ended }`, in an object so that awaiting this function does not wait for that promise too.
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
