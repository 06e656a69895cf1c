'use strict';

// The formats of `native:compress`, and how node:zlib reads and writes those that it has.

const zlib = require('node:zlib');

const quality = (level) => ({ params: { [zlib.constants.BROTLI_PARAM_QUALITY]: level } });
const zstdLevel = (level) => ({ params: { [zlib.constants.ZSTD_c_compressionLevel]: level } });

/** The levels of each format, and which of them `npm test` tries. */
const FORMATS = {
  gzip: { least: 0, most: 9 },
  deflate: { least: 0, most: 9 },
  'deflate-raw': { least: 0, most: 9 },
  brotli: { least: 0, most: 11 },
  zstd: { least: 1, most: 22 },
  lz4: { least: 1, most: 12 },
};

const levelsOf = (format) => {
  const { least, most } = FORMATS[format];
  return Array.from({ length: most - least + 1 }, (_, i) => least + i);
};

/** node:zlib has zstd since Node.js 22.15. */
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

module.exports = { FORMATS, NODE, levelsOf };
