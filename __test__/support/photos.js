'use strict';

// Generated photos for image tests, and the similarity of two images.

const { integersOf } = require('./bytes');

/**
 * Generates an image like a photo: waves, edges and grain.
 * @param {number} width In pixels.
 * @param {number} height In pixels.
 * @param {number} channels 3 for RGB, or 4 for RGBA with varying alpha.
 * @returns {Buffer} the pixels, row by row.
 */
function photo(width, height, channels = 3) {
  const seeds = integersOf('photo', 48, 1000);
  const waves = Array.from({ length: 12 }, (_, i) => seeds.slice(4 * i, 4 * i + 4).map((seed) => seed / 1000));
  const grain = integersOf('grain', 4096, 7);
  const pixels = Buffer.alloc(width * height * channels);
  let at = 0;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (let channel = 0; channel < channels; channel++, at++) {
        if (channel === 3) {
          pixels[at] = 127.5 + 127.5 * Math.sin(x / 40) * Math.cos(y / 37);
          continue;
        }
        let value = 128 + (((x >> 5) + (y >> 5)) % 2 ? 20 : -20) + grain[(at * 31) % 4096] - 3;
        for (const [a, b, phase, height] of waves) {
          value += 15 * height * Math.sin(a * 0.06 * x + b * 0.06 * y + 6 * phase + 0.7 * channel);
        }
        pixels[at] = Math.max(0, Math.min(255, Math.round(value)));
      }
    }
  }
  return pixels;
}

/** Multiplies colours by alpha, since the colour of a transparent pixel has no effect. */
function premultiplied(pixels, channels) {
  if (channels !== 4) return pixels;
  return pixels.map((value, at) => (at % 4 === 3 ? value : Math.round((value * pixels[at - (at % 4) + 3]) / 255)));
}

/** The peak signal-to-noise ratio of two images in dB; Infinity if they are equal. */
function psnr(a, b, channels = 3) {
  if (a.length !== b.length) throw new Error(`The images differ in size: ${a.length} and ${b.length} bytes`);
  const [left, right] = [premultiplied(a, channels), premultiplied(b, channels)];
  let sum = 0;
  for (let i = 0; i < left.length; i++) sum += (left[i] - right[i]) ** 2;
  return sum === 0 ? Infinity : 10 * Math.log10((255 ** 2 * left.length) / sum);
}

module.exports = { photo, psnr };
