'use strict';

// sharp, if it is installed. It has its own package.json: `npm --prefix __test__/oracle ci` installs it.

const fs = require('node:fs');
const path = require('node:path');

const directory = path.join(__dirname, '../oracle/node_modules/sharp');
const isInstalled = fs.existsSync(directory);

/** The reason to skip the tests that compare with sharp, or `false`. */
const skip = isInstalled ? false : 'sharp is not installed: run npm --prefix __test__/oracle ci';

module.exports = { sharp: isInstalled ? require(directory) : undefined, skip };
