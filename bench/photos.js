'use strict';

// Generated test images: photos (noise at all scales, with grain) and a screenshot (flat areas and text patterns).

/** Returns a generator of pseudorandom numbers from 0 to 1, the same in each process. */
function random(seed) {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** @returns {Promise<Buffer>} RGB pixels. */
async function photo(width, height, seed = 1) {
  const sharp = require('sharp'); // only when called: run.js loads this file before it installs sharp
  const next = random(seed);
  const sum = new Float32Array(width * height * 3).fill(128);
  for (let side = 8, strength = 90; side <= 512; side *= 2, strength *= 0.7) {
    const noise = Buffer.alloc(side * side * 3).map(() => next() * 256);
    const raw = { width: side, height: side, channels: 3 };
    const waves = await sharp(noise, { raw }).resize(width, height, { fit: 'fill', kernel: 'cubic' }).raw().toBuffer();
    for (let i = 0; i < sum.length; i++) sum[i] += ((waves[i] - 128) / 128) * strength;
  }
  return Buffer.from(sum.map((value) => Math.max(0, Math.min(255, value + (next() - 0.5) * 8))));
}

/** @returns {Buffer} RGB pixels of flat areas and of patterns that resemble text. */
function screenshot(width, height) {
  const next = random(7);
  const pixels = Buffer.alloc(width * height * 3, 250);
  for (let area = 0; area < 400; area++) {
    const [left, top] = [Math.floor(next() * width), Math.floor(next() * height)];
    const [right, bottom] = [left + 20 + next() * 200, top + 8 + next() * 40];
    const colour = [next() * 256, next() * 256, next() * 256];
    const isText = area % 3 === 0;
    for (let y = top; y < Math.min(height, bottom); y++) {
      for (let x = left; x < Math.min(width, right); x++) {
        const at = (y * width + x) * 3;
        if (isText) pixels.fill((x * 7 + y * 13) % 11 < 4 ? 20 : 250, at, at + 3);
        else pixels.set(colour, at);
      }
    }
  }
  return pixels;
}

module.exports = { photo, screenshot };
