'use strict';

// sharp: libvips on libuv's thread pool.

module.exports = {
  name: 'sharp',
  kind: 'reference',
  package: 'sharp',
  note:
    '`sharp(file).resize(…).jpeg(…).toBuffer()` and similar calls, with `concurrency(1)` and `cache(false)`; with ' +
    'the default settings for the folder of photos.',

  load() {
    const sharp = require('sharp');
    return (_size, { task, isDefault = false }) => {
      if (!isDefault) {
        sharp.concurrency(1);
        sharp.cache(false);
      }
      return { run: task === 'image' ? (data) => image(sharp, data) : ({ file }) => sharp(file).metadata() };
    };
  },
};

/** Performs the operations of `native:image` for the same data. */
function image(sharp, { data, file, raw, width, height, format, output, quality = 80, ...options }) {
  let pipeline = sharp(data ?? file, raw ? { raw } : {});
  if (raw === undefined) pipeline = pipeline.autoOrient();
  if (width || height) pipeline = pipeline.resize({ width, height });
  pipeline = pipeline.toFormat(format, format === 'raw' || format === 'png' ? {} : { quality, ...options });
  return output === undefined ? pipeline.toBuffer({ resolveWithObject: true }) : pipeline.toFile(output);
}
