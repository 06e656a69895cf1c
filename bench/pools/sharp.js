'use strict';

// sharp: libvips, on the thread pool of libuv.

module.exports = {
  name: 'sharp',
  kind: 'reference',
  package: 'sharp',
  note: '`sharp(file).resize(…).jpeg(…).toBuffer()` and the like, with `concurrency(1)` and `cache(false)`; the folder of photos with the defaults.',

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

/** Does what `native:image` does with the same data. */
function image(sharp, { data, file, raw, width, height, format, output, quality = 80, ...options }) {
  let picture = sharp(data ?? file, raw ? { raw } : {});
  if (raw === undefined) picture = picture.autoOrient();
  if (width || height) picture = picture.resize({ width, height });
  picture = picture.toFormat(format, format === 'raw' || format === 'png' ? {} : { quality, ...options });
  return output === undefined ? picture.toBuffer({ resolveWithObject: true }) : picture.toFile(output);
}
