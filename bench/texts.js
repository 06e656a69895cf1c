'use strict';

// Text to compress: the source code, documents and types of the packages in bench/node_modules, which the lock file
// pins.

const fs = require('node:fs');
const path = require('node:path');

const ROOT = path.join(__dirname, 'node_modules');

const isText = (name) => /\.(?:[cm]?js|[cm]?ts|json|md)$/.test(name);

/** The size in bytes above which a file is skipped. Otherwise minified bundles and tables would be most of the data. */
const MAX_FILE_SIZE = 1_500_000;

/** @returns {Buffer} `length` bytes of text, the same in each process. */
function textOf(length) {
  const texts = [];
  let total = 0;
  for (const file of filesIn(ROOT)) {
    const text = fs.readFileSync(file);
    if (text.length > MAX_FILE_SIZE) continue;
    texts.push(text);
    total += text.length;
    if (total >= length) return Buffer.concat(texts, length);
  }
  throw new Error(`bench/node_modules contains only ${total} bytes of text`);
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
