'use strict';

// The tasks of the service on sharp and bcrypt, for piscina.

const bcrypt = require('bcrypt');
const sharp = require('sharp');

sharp.concurrency(1); // the pool has as many threads as the machine has cores

async function resize({ data, width, height, maxPixels }) {
  const image = sharp(data, { limitInputPixels: maxPixels }).autoOrient();
  return { data: await image.resize(width, height, { fit: 'inside' }).jpeg().toBuffer() };
}

const verify = ({ password, hash }) => bcrypt.compareSync(password, hash);

module.exports = { resize, verify };
