'use strict';

// The formats of `native:compress`, node:zlib as an oracle for the formats that it supports, and pools for tests.

const zlib = require('node:zlib');
const { WorkerPool } = require('./build-with-test-workers');

const quality = (level) => ({ params: { [zlib.constants.BROTLI_PARAM_QUALITY]: level } });
const zstdLevel = (level) => ({ params: { [zlib.constants.ZSTD_c_compressionLevel]: level } });

/** The lowest and the highest level of each format. */
const FORMATS = {
  gzip: { min: 0, max: 9 },
  deflate: { min: 0, max: 9 },
  'deflate-raw': { min: 0, max: 9 },
  brotli: { min: 0, max: 11 },
  zstd: { min: 1, max: 22 },
  lz4: { min: 1, max: 12 },
};

/** @returns {number[]} all levels of a format. */
const levelsOf = (format) => {
  const { min, max } = FORMATS[format];
  return Array.from({ length: max - min + 1 }, (_, i) => min + i);
};

/** The functions of node:zlib, by format. It supports zstd since Node.js 22.15. */
const NODE = {
  gzip: { compress: (data, level) => zlib.gzipSync(data, { level }), decompress: zlib.gunzipSync },
  deflate: { compress: (data, level) => zlib.deflateSync(data, { level }), decompress: zlib.inflateSync },
  'deflate-raw': { compress: (data, level) => zlib.deflateRawSync(data, { level }), decompress: zlib.inflateRawSync },
  brotli: {
    compress: (data, level) => zlib.brotliCompressSync(data, quality(level)),
    decompress: zlib.brotliDecompressSync,
  },
  ...(zlib.zstdCompressSync && {
    zstd: {
      compress: (data, level) => zlib.zstdCompressSync(data, zstdLevel(level)),
      decompress: zlib.zstdDecompressSync,
    },
  }),
};

/** Makes a test function that calls `run` with the two tasks of a pool of two threads, and closes the pool. */
const withPool = (run) => async () => {
  const pool = new WorkerPool(2, { compress: 'native:compress', decompress: 'native:decompress' });
  const { compress, decompress } = pool.proxy();
  try {
    await run({ pool, compress, decompress });
  } finally {
    await pool.close();
  }
};

module.exports = { FORMATS, NODE, levelsOf, withPool };
