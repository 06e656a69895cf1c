'use strict';

const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');

/** Creates a directory with files, by name. It is removed when the test ends. @returns its path. */
function directoryOf(t, files) {
  const directory = fs.mkdtempSync(path.join(fs.realpathSync(os.tmpdir()), 'native-worker-pool-'));
  t.after(() => fs.rmSync(directory, { recursive: true }));
  for (const [name, source] of Object.entries(files)) fs.writeFileSync(path.join(directory, name), source);
  return directory;
}

/** Some runtimes load a '.js' file as an ES module by default. */
const COMMON_JS = { 'package.json': '{ "type": "commonjs" }' };

/** Creates a file. @returns its path. */
const fileOf = (t, source, name = 'worker.js') => path.join(directoryOf(t, { ...COMMON_JS, [name]: source }), name);

/** The options of a test that needs pipes, devices, links, sparse files or permissions as Unix has them. */
const unixOnly = { skip: process.platform === 'win32' ? 'Windows has no such files' : false };

module.exports = { directoryOf, fileOf, unixOnly };
