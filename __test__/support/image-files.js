'use strict';

// Writes PNG and GIF files of kinds that no available encoder writes, and metadata.

const zlib = require('node:zlib');
const { crc32 } = require('./crc32');

/** Samples per pixel of each PNG colour type. */
const SAMPLES = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 };

/** The seven passes of an interlaced PNG: first column, first row, column step, row step. */
const PASSES = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
];

/** A chunk of a PNG. */
function pngChunk(name, data) {
  const body = Buffer.concat([Buffer.from(name, 'latin1'), data]);
  const chunk = Buffer.alloc(body.length + 8);
  chunk.writeUInt32BE(data.length, 0);
  body.copy(chunk, 4);
  chunk.writeUInt32BE(crc32(body), body.length + 4);
  return chunk;
}

/** Packs samples of `depth` bits into bytes. */
function pack(samples, depth) {
  const bytes = Buffer.alloc(Math.ceil((samples.length * depth) / 8));
  samples.forEach((sample, i) => {
    if (depth === 16) bytes.writeUInt16BE(sample, 2 * i);
    else bytes[Math.floor((i * depth) / 8)] |= sample << (8 - depth - ((i * depth) % 8));
  });
  return bytes;
}

const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

/** The IHDR chunk of a PNG. */
function pngHeader(width, height, depth, colours, isInterlaced = false) {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([depth, colours, 0, 0, isInterlaced ? 1 : 0], 8);
  return pngChunk('IHDR', header);
}

/**
 * Makes a PNG.
 * @param {number} width In pixels.
 * @param {number} height In pixels.
 * @param {number} depth In bits per sample.
 * @param {number} colours The PNG colour type.
 * @param {(x: number, y: number) => number[]} samplesOf Returns the samples of a pixel.
 * @param {{ isInterlaced?: boolean, chunks?: { [name: string]: Buffer } }} [options] `chunks` are written before the
 *   image data.
 */
function makePng(width, height, depth, colours, samplesOf, { isInterlaced = false, chunks = {} } = {}) {
  const rows = [];
  const passes = isInterlaced ? PASSES : [[0, 0, 1, 1]];
  const bytesPerPixel = Math.max(1, (SAMPLES[colours] * depth) / 8);
  for (const [left, top, stepX, stepY] of passes) {
    let previous;
    for (let y = top; y < height && left < width; y += stepY) {
      const samples = [];
      for (let x = left; x < width; x += stepX) samples.push(...samplesOf(x, y));
      const row = pack(samples, depth);
      rows.push(filtered(row, previous ?? Buffer.alloc(row.length), bytesPerPixel, y % 5));
      previous = row;
    }
  }
  const extra = Object.entries(chunks).map(([name, data]) => pngChunk(name, data));
  const data = pngChunk('IDAT', zlib.deflateSync(Buffer.concat(rows)));
  const end = pngChunk('IEND', Buffer.alloc(0));
  return Buffer.concat([SIGNATURE, pngHeader(width, height, depth, colours, isInterlaced), ...extra, data, end]);
}

/** Applies one of the five PNG filters to a row. */
function filtered(row, above, bytesPerPixel, filter) {
  const out = Buffer.alloc(row.length + 1);
  out[0] = filter;
  row.forEach((value, i) => {
    const a = i >= bytesPerPixel ? row[i - bytesPerPixel] : 0;
    const b = above[i];
    const c = i >= bytesPerPixel ? above[i - bytesPerPixel] : 0;
    const predicted = [0, a, b, (a + b) >> 1, paeth(a, b, c)][filter];
    out[i + 1] = value - predicted;
  });
  return out;
}

function paeth(a, b, c) {
  const [pa, pb, pc] = [Math.abs(b - c), Math.abs(a - c), Math.abs(a + b - 2 * c)];
  if (pa <= pb && pa <= pc) return a;
  return pb <= pc ? b : c;
}

/** Encodes indices below 128 as LZW data without compression: a clear code comes before the code size would grow. */
function lzw(indices) {
  const codes = [];
  indices.forEach((index, i) => {
    if (i % 120 === 0) codes.push(128);
    codes.push(index);
  });
  codes.push(129);
  const bytes = [];
  let [bits, count] = [0, 0];
  for (const code of codes) {
    bits |= code << count;
    count += 8;
    while (count >= 8) {
      bytes.push(bits & 255);
      bits >>>= 8;
      count -= 8;
    }
  }
  const blocks = [7];
  for (let i = 0; i < bytes.length; i += 255) blocks.push(Math.min(255, bytes.length - i), ...bytes.slice(i, i + 255));
  return Buffer.from([...blocks, 0]);
}

const u16 = (value) => [value & 255, value >> 8];

/**
 * Makes a GIF.
 * @param {number} width In pixels.
 * @param {number} height In pixels.
 * @param {number[][]} palette RGB colours.
 * @param {object[]} frames Each has `width`, `height` and `indices` (in file order), and optionally `left`, `top`,
 *   `transparent` (an index), `disposal`, `isInterlaced` and its own `palette`.
 */
function makeGif(width, height, palette, frames) {
  const table = (colours) => {
    const size = Math.max(1, Math.ceil(Math.log2(colours.length)));
    return [size - 1, [...colours.flat(), ...new Array(3 * (2 ** size - colours.length)).fill(0)]];
  };
  const [size, colours] = table(palette);
  const parts = [[...Buffer.from('GIF89a'), ...u16(width), ...u16(height), 0x80 | size, 0, 0, ...colours]];
  for (const frame of frames) {
    const { left = 0, top = 0, indices, transparent, disposal = 0, isInterlaced = false } = frame;
    const flags = (disposal << 2) | (transparent === undefined ? 0 : 1);
    parts.push([0x21, 0xf9, 4, flags, 0, 0, transparent ?? 0, 0]);
    const own = frame.palette === undefined ? undefined : table(frame.palette);
    const description = (own ? 0x80 | own[0] : 0) | (isInterlaced ? 0x40 : 0);
    parts.push([0x2c, ...u16(left), ...u16(top), ...u16(frame.width), ...u16(frame.height), description]);
    parts.push(own ? own[1] : [], [...lzw(indices)]);
  }
  parts.push([0x3b]);
  return Buffer.from(parts.flat());
}

/** EXIF data that contains only an orientation, in little-endian or big-endian order. */
function exif(orientation, isLittle = true) {
  const data = Buffer.alloc(26);
  data.write(isLittle ? 'II' : 'MM', 0, 'latin1');
  const write16 = (value, at) => (isLittle ? data.writeUInt16LE(value, at) : data.writeUInt16BE(value, at));
  const write32 = (value, at) => (isLittle ? data.writeUInt32LE(value, at) : data.writeUInt32BE(value, at));
  write16(42, 2);
  write32(8, 4);
  write16(1, 8);
  write16(0x0112, 10);
  write16(3, 12);
  write32(1, 14);
  write16(orientation, 18);
  return data;
}

/** Inserts a segment after the SOI marker of a JPEG. */
function withSegment(jpeg, marker, data) {
  const head = Buffer.alloc(4);
  head.writeUInt16BE(0xff00 | marker, 0);
  head.writeUInt16BE(data.length + 2, 2);
  return Buffer.concat([jpeg.subarray(0, 2), head, data, jpeg.subarray(2)]);
}

module.exports = { exif, makeGif, makePng, pngChunk, pngHeader, SIGNATURE, withSegment };
