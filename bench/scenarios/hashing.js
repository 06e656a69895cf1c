'use strict';

// The throughput of each hash on one thread.

const { ALGORITHMS, BYTES, callsOf } = require('../hashes');
const { median } = require('../statistics');
const { byTurns } = require('../turns');

/** The hashes that a candidate does not have. */
const MISSING = { 'Node.js alone': ['blake3', 'xxh3'] };

module.exports = {
  name: 'hashing',
  title: 'Hashing on one thread',
  about:
    'A pool of 1 worker hashes 1 MiB of random bytes, one task at a time: `await pool.run({ algorithm, data })`. The hashes ' +
    'take turns of 50 ms, 9 each; medians. The pool copies the data and returns the hash to the main thread; the others ' +
    'compute on the main thread.',
  metrics: ALGORITHMS.map((key) => ({ key, title: key, unit: 'MB/s', better: 'more' })),
  chart: { metrics: ALGORITHMS, log: true },
  candidates: ['native-worker-pool', 'Node.js alone', 'hash-wasm'],

  async measure({ name, create, quick }) {
    const algorithms = ALGORITHMS.filter((algorithm) => !MISSING[name]?.includes(algorithm));
    const calls = callsOf(create(1, { task: 'hash' }), algorithms);
    const times = await byTurns(calls, quick ? { ms: 5, rounds: 1 } : { ms: 50, rounds: 9 });
    return Object.fromEntries(algorithms.map((algorithm, i) => [algorithm, BYTES / 1e3 / median(times[i])]));
  },
};
