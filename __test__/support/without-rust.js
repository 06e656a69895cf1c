'use strict';

// The environment variables of a machine on which Rust is not installed.

const fs = require('node:fs');
const path = require('node:path');

const RUST = /^(cargo|rust)/;

/**
 * Returns the environment of this process without Rust on the PATH. A folder with programs of Rust is replaced by one
 * in `directory` with links to its other programs.
 */
function environmentWithoutRust(directory) {
  const folders = process.env.PATH.split(path.delimiter).filter((folder) => fs.existsSync(folder));
  const PATH = folders.map((folder, index) => {
    const names = fs.readdirSync(folder);
    if (!names.some((name) => RUST.test(name))) return folder;
    const links = path.join(directory, `path-${index}`);
    fs.mkdirSync(links);
    for (const name of names.filter((name) => !RUST.test(name))) {
      fs.symlinkSync(path.join(folder, name), path.join(links, name));
    }
    return links;
  });
  return { ...process.env, PATH: PATH.join(path.delimiter) };
}

module.exports = { environmentWithoutRust };
