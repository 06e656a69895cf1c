'use strict';

const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');

/** A new directory with these files, by name, which is removed when the test has ended. */
function directoryOf(t, files) {
  const directory = fs.mkdtempSync(path.join(fs.realpathSync(os.tmpdir()), 'native-worker-pool-'));
  t.after(() => fs.rmSync(directory, { recursive: true }));
  for (const [name, source] of Object.entries(files)) fs.writeFileSync(path.join(directory, name), source);
  return directory;
}

/** Some runtimes take a '.js' file for an ES module unless a package says otherwise. */
const COMMON_JS = { 'package.json': '{ "type": "commonjs" }' };

/** The path of a new file. */
const fileOf = (t, source, name = 'worker.js') => path.join(directoryOf(t, { ...COMMON_JS, [name]: source }), name);

module.exports = { directoryOf, fileOf };
