'use strict';

// The addons of users that scripts/build-addons.js builds.

const path = require('node:path');

/** Their folder. The environment variable selects another build, such as one with a sanitizer. */
const addons = process.env.NATIVE_WORKER_POOL_TEST_ADDONS ?? path.resolve(__dirname, '../../target/addons');

/** The file of an addon. */
const addonFile = (name) => path.join(addons, `${name}.node`);

/** Loads an addon. */
const addon = (name) => require(addonFile(name));

/** Why there are no addons in C here; `false` if there are. */
const noC = process.platform === 'win32' && 'C addons need an import library of Node.js on Windows';

module.exports = { addon, addonFile, addons, noC };
