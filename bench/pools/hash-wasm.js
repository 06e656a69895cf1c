'use strict';

// hash-wasm: hashes in WebAssembly, called on the main thread.

module.exports = {
  name: 'hash-wasm',
  kind: 'reference',
  package: 'hash-wasm',
  note: 'No pool: the function of each hash, for example `sha256(data)`, which is called on the main thread.',

  load() {
    const { blake3, crc32, sha1, sha256, sha512, xxhash3 } = require('hash-wasm');
    const functions = { blake3, crc32, sha1, sha256, sha512, xxh3: xxhash3 };
    return () => ({ run: ({ algorithm, data }) => functions[algorithm](data) });
  },
};
