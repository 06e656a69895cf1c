'use strict';

// All candidates of the benchmarks. Each is a module of pools/:
//
//     name       in tables and charts
//     kind       'ours'; 'peer', another pool; 'reference', a comparison that is not a pool
//     package    its name in the npm registry, if it has one
//     note       how it is configured, and why, in Markdown
//     available  whether it can run on this machine (default: yes)
//     load()     loads its library and returns, or promises, create(size, { burst, task }) -> { run(data) }
//
// `burst` announces many small tasks at once, for pools with an option for that. `task` is the native task whose data
// `run` accepts: 'fib' by default, or 'hash', 'hashPassword', 'compress', 'decompress', 'image' or 'imageInfo' in the
// scenarios of these tasks. docs/tasks/ describes the data. Pools are not closed, since each measurement runs in a
// process that exits.

const c = require('./pools/c');

const CANDIDATES = [
  require('./pools/native-worker-pool'),
  require('./pools/native-worker-pool-file'),
  require('./pools/pool-js'),
  require('./pools/piscina'),
  require('./pools/tinypool'),
  require('./pools/workerpool'),
  require('./pools/poolifier'),
  require('./pools/bare-promises'),
  require('./pools/settled-later'),
  require('./pools/v8'),
  c.atO2,
  c.atO3,
  require('./pools/node'),
  require('./pools/hash-wasm'),
  require('./pools/argon2'),
  require('./pools/node-rs-argon2'),
  require('./pools/bcrypt'),
  require('./pools/mongodb-zstd'),
  require('./pools/sharp'),
];

const POOLS = CANDIDATES.filter(({ kind }) => kind !== 'reference').map(({ name }) => name);

function candidateOf(name) {
  const found = CANDIDATES.find((candidate) => candidate.name === name);
  if (found === undefined) throw new Error(`There is no candidate ${name}`);
  return found;
}

module.exports = { CANDIDATES, POOLS, candidateOf };
