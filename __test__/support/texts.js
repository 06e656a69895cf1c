'use strict';

// Data that compresses like text and is the same in every run.

const { integersOf } = require('./bytes');

const WORDS = 'the of and a to in is it you that he was for on are with as his they be at one have this from or had by'
  .split(' ')
  .map((word, i) => word + (i % 7 === 0 ? ', ' : i % 5 === 0 ? '\n' : ' '));

/** @returns {Buffer} `length` bytes of words in an order that depends on the seed. */
function textOf(seed, length) {
  const order = integersOf(seed, Math.ceil(length / 2) + 1, WORDS.length);
  const bytes = Buffer.alloc(length);
  let end = 0;
  for (let i = 0; end < length; i++) end += bytes.write(WORDS[order[i]], end);
  return bytes;
}

module.exports = { textOf };
