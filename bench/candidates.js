'use strict';

// Everything that is measured. Each candidate is one module of pools/:
//
//     name       as it stands in tables and charts
//     kind       'ours'; 'peer', another pool; 'reference', no pool but something to compare with
//     package    of the npm registry, if it is one
//     note       how it is used and why so, in Markdown
//     available  whether it can run on this machine; not there: it can
//     load()     loads its library and returns, or promises, create(size, { burst }) -> { run(data) }
//
// `burst` says that many small tasks are coming at once, for pools with an option for that. A pool need not
// be closed: the process it is measured in exits.

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
];

const POOLS = CANDIDATES.filter(({ kind }) => kind !== 'reference').map(({ name }) => name);

function candidateOf(name) {
  const found = CANDIDATES.find((candidate) => candidate.name === name);
  if (found === undefined) throw new Error(`There is no candidate ${name}`);
  return found;
}

module.exports = { CANDIDATES, POOLS, candidateOf };
