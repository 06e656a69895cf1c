'use strict';

// The package with the test build of its addon. It has additional workers that misbehave or wait on command, such as
// `native:test-panic` and `native:test-gate`; gates.js documents the latter.

const fs = require('node:fs');
const path = require('node:path');

/** The environment variable selects another build, such as one with a sanitizer. */
const directory = process.env.NATIVE_WORKER_POOL_TEST_BUILD ?? path.resolve(__dirname, '../../target/test-build');

function testBuild() {
  const binaries = fs.existsSync(directory) ? fs.readdirSync(directory).filter((name) => name.endsWith('.node')) : [];
  if (binaries.length !== 1) {
    throw new Error(
      `These tests need the test build of the addon, one .node file in ${directory}; there are ${binaries.length}. ` +
        'Make it with `npm run build -- --with-tests`.',
    );
  }
  return path.join(directory, binaries[0]);
}

// The generated loader reads the variable when it is first required. Child processes and worker threads inherit it, so
// they load the same build.
process.env.NAPI_RS_NATIVE_LIBRARY_PATH = testBuild();

const { WorkerPool } = require('../../index.js');
const native = require('../../lib/platform/addon.js');

if (native.openGate === undefined) {
  // If the loader cannot load the test build, it falls back to the public one.
  throw new Error(
    `${process.env.NAPI_RS_NATIVE_LIBRARY_PATH} was not loaded: either something required the package before ` +
      'build-with-test-workers.js, or the test build is out of date (`npm run build -- --with-tests` makes it anew).',
  );
}

/** `native` is the addon itself, for tests that observe calls of it. */
module.exports = { WorkerPool, native, failSpawns: native.failSpawns, ...require('./gates') };
