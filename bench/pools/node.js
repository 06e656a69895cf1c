'use strict';

// Node.js's own functions for hashing, password hashing and compression, called on the main thread without a pool.

const crypto = require('node:crypto');
const zlib = require('node:zlib');

module.exports = {
  name: 'Node.js alone',
  kind: 'reference',
  note:
    'No pool: `createHash`, `scryptSync` and `pbkdf2Sync` of `node:crypto`, and `crc32`, `gzipSync`, `gunzipSync`, ' +
    '`brotliCompressSync` and `brotliDecompressSync` of `node:zlib`, called on the main thread.',

  load() {
    return (_size, { task }) => ({ run: { hash, hashPassword, compress, decompress }[task] });
  },
};

async function hash({ algorithm, data }) {
  if (algorithm === 'crc32') return zlib.crc32(data).toString(16).padStart(8, '0');
  return crypto.createHash(algorithm).update(data).digest('hex');
}

async function hashPassword({ algorithm, password, ln, r, p, iterations, digest }) {
  const salt = crypto.randomBytes(16);
  if (algorithm === 'scrypt') return crypto.scryptSync(password, salt, 32, { N: 2 ** ln, r, p });
  return crypto.pbkdf2Sync(password, salt, iterations, 32, digest);
}

const { BROTLI_PARAM_QUALITY } = zlib.constants;

async function compress({ data, format, level }) {
  if (format === 'gzip') return zlib.gzipSync(data, { level });
  return zlib.brotliCompressSync(data, { params: { [BROTLI_PARAM_QUALITY]: level } });
}

async function decompress({ data, format }) {
  return format === 'gzip' ? zlib.gunzipSync(data) : zlib.brotliDecompressSync(data);
}
