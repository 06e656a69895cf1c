'use strict';

// The throughput of each hash relative to that of another implementation, in one process.

const { ALGORITHMS, callsOf } = require('../hashes');
const { median } = require('../statistics');
const { byTurns } = require('../turns');
const hashWasm = require('../pools/hash-wasm');
const node = require('../pools/node');

/** What a hash is compared with. Node.js has no blake3 and no xxh3. */
const BASES = {
  sha256: { library: node, algorithm: 'sha256', title: 'sha256 / Node.js' },
  sha1: { library: node, algorithm: 'sha1', title: 'sha1 / Node.js' },
  sha512: { library: node, algorithm: 'sha512', title: 'sha512 / Node.js' },
  blake3: { library: node, algorithm: 'sha256', title: 'blake3 / Node.js' },
  xxh3: { library: hashWasm, algorithm: 'xxh3', title: 'xxh3 / hash-wasm' },
  crc32: { library: node, algorithm: 'crc32', title: 'crc32 / zlib' },
};

module.exports = {
  name: 'hashing-by-turns',
  title: 'Hashing by turns',
  about:
    'The same work as in "Hashing on one thread", by turns with another implementation in the same process: turns of 50 ms, ' +
    '15 each. The ratio of the throughputs in each pair of turns; the median. Node.js computes the same hash with ' +
    '`createHash`, but SHA-256 for blake3; zlib is `crc32` of `node:zlib`.',
  metrics: ALGORITHMS.map((key) => ({ key, title: BASES[key].title, unit: 'times', better: 'more' })),
  chart: { metrics: ALGORITHMS, log: false },
  candidates: ['native-worker-pool'],

  async measure({ create, quick }) {
    const pool = create(1, { task: 'hash' });
    const values = {};
    for (const key of ALGORITHMS) {
      const { library, algorithm } = BASES[key];
      const base = library.load()(1, { task: 'hash' });
      const calls = [...callsOf(pool, [key]), ...callsOf(base, [algorithm])];
      const [ours, theirs] = await byTurns(calls, quick ? { ms: 5, rounds: 1 } : { ms: 50, rounds: 15 });
      values[key] = median(ours.map((ms, i) => theirs[i] / ms));
    }
    return values;
  },
};
