'use strict';

// How often tests repeat what they do. `npm test` takes a minute or two; `npm run test:full` tests the same
// behaviours with more seeds, rounds and tasks.

const isFull = process.env.NATIVE_WORKER_POOL_TESTS === 'full';

/** The first in the full suite, else the second. */
const scale = (full, quick) => (isFull ? full : quick);

module.exports = { isFull, scale };
