'use strict';

// The environment of a machine without Rust: for those who install the package, or forgot to install Rust.

const fs = require('node:fs');
const path = require('node:path');

const RUST = /^(cargo|rust)/;

/**
 * This process's environment with Rust taken off the PATH. A folder that holds some of it, which may be that of
 * everything else too, is replaced by one in `directory` that links to the rest.
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
