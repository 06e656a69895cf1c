'use strict';

// The size of tests. `npm test` takes a minute or two. `npm run test:full` runs the same tests with more seeds, rounds
// and tasks.

const isFull = process.env.NATIVE_WORKER_POOL_TESTS === 'full';

/** Selects `full` in the full suite, and otherwise `quick`. */
const scale = (full, quick) => (isFull ? full : quick);

module.exports = { isFull, scale };
