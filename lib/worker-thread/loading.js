'use strict';

// Loads the worker file. On Node.js the function does it that loads the main module of a thread: so the file is found
// and compiled as `new Worker(file)` would, by every loader that the program has, and is `require.main`.

const { readFileSync } = require('node:fs');
const Module = require('node:module');
const path = require('node:path');
const { pathToFileURL } = require('node:url');
const { nextTurn } = require('./next-turn');
const { IS_NODE } = require('../platform/runtime');
const { isThenable } = require('./thenable');

const { keys } = Object;

/** The extensions of what `import` can read without a loader. */
const KNOWN = ['', '.js', '.cjs', '.mjs', '.json', '.node', '.wasm'];
if (process.features.typescript) KNOWN.push('.ts', '.cts', '.mts');

/** Why `import` does not read a file that `require` may: its extension, or a backslash in its path. */
const CANNOT_IMPORT = ['ERR_UNKNOWN_FILE_EXTENSION', 'ERR_INVALID_MODULE_SPECIFIER'];

/** With one of these, Node.js imports the main module whatever that is, by way of the hooks that they may have added. */
const IMPORTS = `${process.execArgv.join(' ')} ${process.env.NODE_OPTIONS}`.match(
  /--(import|loader|experimental-loader)\b/g,
);

/** An ES module whose source has this exports a default, though maybe not before it has awaited something. */
const EXPORTS_DEFAULT = /(?:^|[;}])\s*export\s+default\b|(?:^|[;}])\s*export\s*\{[^}]*\bas\s+default\b/m;

/** The main module of this thread, if that is a CommonJS module. */
const mainModule = () => Module.createRequire(__filename).main;

/** What it was before the worker file was loaded. */
const before = mainModule();

/** Whether the worker file is a CommonJS module. */
const isCommonJs = () => mainModule() !== undefined && mainModule() !== before;

/** @returns what the module exports: of a CommonJS module its `module.exports`, else the namespace. */
async function exportsOf(file) {
  const url = pathToFileURL(file).href;
  if (!IS_NODE) return { __proto__: null, namespace: await import(url) };
  const extension = path.extname(file);
  const isRead = KNOWN.includes(extension) || (IMPORTS === null && extension in Module._extensions);
  let namespace;
  if (!isRead) {
    namespace = await importForeign(file, url);
  } else {
    Module.runMain(file);
    if (!isCommonJs() || !mainModule().loaded) {
      await importHasBegun();
      namespace = await import(url);
    }
  }
  return isCommonJs() ? { __proto__: null, commonJs: mainModule().exports } : { __proto__: null, namespace };
}

/**
 * Resolves when Node.js has begun to import the main module, which only the first `import` of a module makes the main one.
 * Before that, it asks the hooks for the modules of `--import` again. So they are asked for as many others here.
 */
async function importHasBegun() {
  await new Promise(nextTurn);
  for (let number = 0; number < IMPORTS?.length; number++) {
    try {
      await import(`data:text/javascript,${number}`);
    } catch {
      // A hook that knows no such URL. It has been asked.
    }
  }
}

/**
 * Loads a file that needs a loader. A loader may be for `require` alone, and Node.js may not ask it, see `IMPORTS`.
 * @returns the namespace, if it was imported.
 */
async function importForeign(file, url) {
  try {
    return await import(url);
  } catch (error) {
    if (!CANNOT_IMPORT.includes(error?.code)) throw error;
    try {
      Module._load(file, null, true);
    } catch (cause) {
      // No loader knows it, and it is not JavaScript either.
      if (!(cause instanceof SyntaxError) || path.extname(file) in Module._extensions) throw cause;
      error.cause = cause;
      throw error;
    }
  }
}

/** An exported value, or what the promise that it is resolves to. */
const settled = async (value) => ({ __proto__: null, value: isThenable(value) ? await value : value });

/** The names of what a module exports, but for those that compilers and Node.js add. */
function namesIn(exported) {
  if (exported === undefined || exported === null) return [];
  if (typeof exported !== 'object') return ['module.exports'];
  const all = keys(exported);
  const names = [];
  for (let i = 0; i < all.length; i++) {
    if (all[i] !== '__esModule' && all[i] !== 'module.exports') names[names.length] = all[i];
  }
  return names;
}

/** Whether a worker file that listens, and is still being loaded, may come to export a function. */
function mayExport(file) {
  if (isCommonJs()) return false;
  try {
    return EXPORTS_DEFAULT.test(readFileSync(file, 'utf8'));
  } catch {
    return false; // a loader has made it of something else
  }
}

/**
 * Loads a worker file. Rejects with what that throws.
 * @returns {Promise<{ run?: Function, names?: string[] }>} the function that the file exports, or that a promise which
 *   it exports resolves to; if there is none, the names of all that it exports.
 */
async function load(file) {
  const { namespace, commonJs } = await exportsOf(file);
  const { value } = await settled(namespace === undefined ? commonJs : namespace.default);
  if (typeof value === 'function') return { __proto__: null, run: value };
  const { value: inner } = await settled(value?.default); // what compilers make of a default export
  if (typeof inner === 'function') return { __proto__: null, run: inner };
  return { __proto__: null, names: namesIn(namespace ?? value) };
}

module.exports = { load, mayExport };
