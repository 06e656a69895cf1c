'use strict';

// Data that compress like text: the sources, documents and types of the packages in bench/node_modules, which the lock
// file pins.

const fs = require('node:fs');
const path = require('node:path');

const ROOT = path.join(__dirname, 'node_modules');

const isText = (name) => /\.(?:[cm]?js|[cm]?ts|json|md)$/.test(name);

/** Minified bundles and tables would be most of the data. */
const LONGEST = 1_500_000;

/** @returns {Buffer} so many bytes of text, the same in each process. */
function textOf(length) {
  const texts = [];
  let total = 0;
  for (const file of filesIn(ROOT)) {
    const text = fs.readFileSync(file);
    if (text.length > LONGEST) continue;
    texts.push(text);
    total += text.length;
    if (total >= length) return Buffer.concat(texts, length);
  }
  throw new Error(`There are only ${total} bytes of text`);
}

function* filesIn(directory) {
  const entries = fs.readdirSync(directory, { withFileTypes: true });
  entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const entry of entries) {
    const file = path.join(directory, entry.name);
    if (entry.isDirectory()) yield* filesIn(file);
    else if (isText(entry.name)) yield file;
  }
}

module.exports = { textOf };
