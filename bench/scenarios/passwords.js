'use strict';

// The time of a password hash.

const { median } = require('../statistics');
const { byTurns } = require('../turns');

const ARGON2 = { algorithm: 'argon2id', memory: 65_536, iterations: 3 };

/** The costs of each metric, named as in docs/tasks/passwords.md. */
const HASHES = {
  oneLane: { ...ARGON2, parallelism: 1 },
  fourLanes: { ...ARGON2, parallelism: 4 },
  bcrypt: { algorithm: 'bcrypt', cost: 10 },
  scrypt: { algorithm: 'scrypt', ln: 14, r: 8, p: 1 },
  pbkdf2: { algorithm: 'pbkdf2', iterations: 100_000, digest: 'sha256' },
};

/** The metrics that apply to each candidate. */
const OF = {
  'native-worker-pool': Object.keys(HASHES),
  argon2: ['oneLane', 'fourLanes'],
  '@node-rs/argon2': ['oneLane', 'fourLanes'],
  bcrypt: ['bcrypt'],
  'Node.js alone': ['scrypt', 'pbkdf2'],
};

const TIMES = 9;

module.exports = {
  name: 'passwords',
  title: 'Hashing passwords',
  about:
    'One hash at a time on a pool of 1 worker, and by other libraries: argon2id with 64 MiB and 3 passes, in 1 lane and in ' +
    `4; bcrypt with cost 10; scrypt with N = 16384, r = 8, p = 1; PBKDF2 with SHA-256 and 100,000 iterations. Medians of ` +
    `${TIMES}. The pool computes the lanes one after the other on one thread.`,
  metrics: [
    { key: 'oneLane', title: 'argon2id, 1 lane', unit: 'ms', better: 'less' },
    { key: 'fourLanes', title: 'argon2id, 4 lanes', unit: 'ms', better: 'less' },
    { key: 'bcrypt', title: 'bcrypt', unit: 'ms', better: 'less' },
    { key: 'scrypt', title: 'scrypt', unit: 'ms', better: 'less' },
    { key: 'pbkdf2', title: 'PBKDF2', unit: 'ms', better: 'less' },
  ],
  chart: { metrics: Object.keys(HASHES), log: true },
  candidates: Object.keys(OF),

  async measure({ name, create, quick }) {
    const pool = create(1, { task: 'hashPassword' });
    const calls = OF[name].map((key) => () => pool.run({ password: 'correct horse', ...HASHES[key] }));
    const times = await byTurns(calls, { ms: 1, rounds: quick ? 1 : TIMES });
    return Object.fromEntries(OF[name].map((key, i) => [key, median(times[i])]));
  },
};
