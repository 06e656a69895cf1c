'use strict';

// Measures functions by turns in one process, so that a slow minute of the machine affects all of them.

/**
 * Calls each function repeatedly for about `ms` milliseconds, then the next one; `rounds` times, after a warm-up.
 * @param {(() => unknown)[]} functions Promises they return are awaited.
 * @returns {Promise<number[][]>} for each function, the milliseconds of a call in each round.
 */
async function byTurns(functions, { ms, rounds }) {
  const counts = [];
  for (const call of functions) counts.push(await countFor(call, ms));
  const times = functions.map(() => []);
  for (let round = 0; round < rounds; round++) {
    for (const [i, call] of functions.entries()) {
      const start = performance.now();
      for (let n = 0; n < counts[i]; n++) await call();
      times[i].push((performance.now() - start) / counts[i]);
    }
  }
  return times;
}

/** Warms up for `ms`. @returns the number of calls that take so long, at least one. */
async function countFor(call, ms) {
  let count = 0;
  const end = performance.now() + ms;
  do {
    await call();
    count++;
  } while (performance.now() < end);
  return count;
}

module.exports = { byTurns };
