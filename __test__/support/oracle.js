'use strict';

// sharp, if it is installed. It is a package of its own: `npm --prefix __test__/oracle ci` installs it.

const fs = require('node:fs');
const path = require('node:path');

const directory = path.join(__dirname, '../oracle/node_modules/sharp');
const isInstalled = fs.existsSync(directory);

/** The reason to skip tests that compare with sharp, or `false`. */
const skip = isInstalled ? false : 'not installed: npm --prefix __test__/oracle ci';

module.exports = { sharp: isInstalled ? require(directory) : undefined, skip };
