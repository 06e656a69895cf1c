'use strict';

// Writes THIRD-PARTY-LICENSES: the licences of the crates that are linked into the addon, and of the C libraries that
// some of them contain. They must accompany it.
//
//     node scripts/third-party-licenses.js           writes the file
//     node scripts/third-party-licenses.js --check   fails if the file is out of date

const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');

const root = path.resolve(__dirname, '..');
const out = path.join(root, 'THIRD-PARTY-LICENSES');
const { targets } = require('../package.json').napi;

/** The preferred licences, in this order, where a crate offers several. */
const CHOSEN = ['MIT', 'ISC', 'Apache-2.0', 'BSD-3-Clause', 'Zlib', 'BSL-1.0'];

const TITLE = `native-worker-pool contains the Rust crates and C libraries below and parts of the Rust standard library, under these
licences.
This file is made by scripts/third-party-licenses.js.
`;

/** The MIT licence, for crates whose packages lack a licence file. */
const MIT = (authors) => `MIT License

Copyright (c) ${authors}

Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated documentation
files (the "Software"), to deal in the Software without restriction, including without limitation the rights to use, copy,
modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to permit persons to whom the
Software is furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of the
Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE
WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR
COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE,
ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.
`;

/**
 * The C libraries that crates contain. The licence is a file of the crate, or the text itself.
 * @type {{ [crate: string]: { title: string, file?: string, text?: string } }}
 */
const LIBRARIES = {
  'compu-brotli-sys': { title: 'brotli (MIT)', text: MIT('2009, 2010, 2013-2016 by the Brotli Authors.') },
  'libwebp-sys': { title: 'libwebp (BSD-3-Clause)', file: 'vendor/COPYING' },
  'mozjpeg-sys': {
    title: 'libjpeg-turbo and mozjpeg (IJG, Zlib and BSD-3-Clause, see mozjpeg-sys)',
    text: 'This software is based in part on the work of the Independent JPEG Group.',
  },
  'lz4-sys': { title: 'lz4 (BSD-2-Clause)', file: 'liblz4/lib/LICENSE' },
  'zstd-sys': { title: 'zstd (BSD-3-Clause)', file: 'zstd/LICENSE' },
};

const cargo = (...args) => execFileSync('cargo', args, { cwd: root, encoding: 'utf8', maxBuffer: 2 ** 26 });

/** @returns {string[]} the crates that are linked into the binary of any platform, as `NAME VERSION`. */
function linkedCrates() {
  const only = targets.flatMap((target) => ['--target', target]);
  const format = ['--prefix', 'none', '--format', '{p}'];
  const lines = cargo('tree', '--package', 'native-worker-pool', '--edges', 'normal', ...only, ...format).split('\n');
  const crates = lines.filter((line) => line !== '' && !/\((\/|proc-macro|[A-Z]:)/.test(line));
  return [...new Set(crates.map((line) => line.replace(/^(\S+) v(\S+).*/, '$1 $2')))].sort();
}

/** @returns {Map<string, object>} the manifests of all crates, by `NAME VERSION`. */
function manifests() {
  const { packages } = JSON.parse(cargo('metadata', '--format-version', '1', '--locked'));
  return new Map(packages.map((manifest) => [`${manifest.name} ${manifest.version}`, manifest]));
}

/** Chooses the licence under which a crate is used, from those that it offers. */
function licenceOf({ name, license }) {
  if (license.includes(' AND ')) return license;
  const offered = license.split(/ OR |\//);
  const chosen = CHOSEN.find((licence) => offered.includes(licence));
  if (chosen === undefined) throw new Error(`${name} has the licence ${license}, which is not accepted`);
  return chosen;
}

/** @returns {string} the text of a crate's licence. */
function textOf(manifest, licence) {
  const directory = path.dirname(manifest.manifest_path);
  const files = fs.readdirSync(directory).filter((file) => /^(licen[cs]e|copying)/i.test(file));
  const special = licence === 'MIT' ? /mit/i : licence === 'Apache-2.0' ? /apache/i : undefined;
  const exact = files.filter((file) => special?.test(file));
  const chosen = exact.length > 0 ? exact : files.filter((file) => !/apache|third-party/i.test(file));
  if (chosen.length === 0 && licence === 'MIT')
    return MIT(manifest.authors.join(', ') || `the authors of ${manifest.name}`);
  if (chosen.length === 0) throw new Error(`${manifest.name} has no text of its licence, ${licence}`);
  return chosen.map((file) => fs.readFileSync(path.join(directory, file), 'utf8')).join('\n');
}

function write() {
  const known = manifests();
  /** Groups crates by the text of their licence, since many share one. */
  const byText = new Map();
  const add = (title, given) => {
    const text = given.replaceAll('\r\n', '\n').trim();
    byText.set(text, [...(byText.get(text) ?? []), title]);
  };
  for (const crate of linkedCrates()) {
    const manifest = known.get(crate);
    const licence = licenceOf(manifest);
    add(`${crate} (${licence})`, textOf(manifest, licence));
    const library = LIBRARIES[manifest.name];
    if (library !== undefined) {
      const directory = path.dirname(manifest.manifest_path);
      add(library.title, library.text ?? fs.readFileSync(path.join(directory, library.file), 'utf8'));
    }
  }
  byText.set(MIT('The Rust Project Contributors').trim(), ['the Rust standard library (MIT)']);
  const parts = [...byText].map(([text, crates]) => `${'-'.repeat(80)}\n${crates.join('\n')}\n\n${text}\n`);
  return [TITLE, ...parts].join('\n');
}

const text = write();
if (!process.argv.includes('--check')) {
  fs.writeFileSync(out, text);
} else if (!fs.existsSync(out) || fs.readFileSync(out, 'utf8') !== text) {
  console.error('THIRD-PARTY-LICENSES is out of date: run "node scripts/third-party-licenses.js"');
  process.exitCode = 1;
}
