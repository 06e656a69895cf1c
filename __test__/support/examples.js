'use strict';

// The libraries of examples/, if they are installed: `npm --prefix examples ci` installs them.

const fs = require('node:fs');
const { createRequire } = require('node:module');
const path = require('node:path');

const directory = path.join(__dirname, '../../examples');
const areInstalled = fs.existsSync(path.join(directory, 'node_modules'));

module.exports = {
  /** The path of an example. */
  exampleFile: (name) => path.join(directory, name),
  /** Requires an example, or a library that the examples use. */
  requireThere: createRequire(path.join(directory, 'package.json')),
  /** The reason to skip the tests of these examples, or `false`. */
  skip: areInstalled ? false : 'the libraries are not installed: run npm --prefix examples ci',
};
