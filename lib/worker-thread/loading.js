'use strict';

// Loads the worker file. On Node.js, this calls the function that loads the main module of a thread. So the file is
// resolved and compiled as `new Worker(file)` would, by every loader of the program, and is `require.main`.

const { readFileSync } = require('node:fs');
const NodeModule = require('node:module');
const path = require('node:path');
const { pathToFileURL } = require('node:url');
const { nextTurn } = require('./next-turn');
const { IS_NODE } = require('../platform/runtime');
const { isThenable } = require('./thenable');

/**
 * The parts of node:module that @types/node lacks.
 * @typedef {object} ModuleInternals
 * @property {{ [extension: string]: unknown }} _extensions
 * @property {(file: string, parent: null, isMain: boolean) => unknown} _load
 */

const Module = /** @type {typeof NodeModule & ModuleInternals} */ (NodeModule);
const { typescript } = /** @type {{ typescript?: unknown }} */ (process.features); // not in @types/node
const { keys } = Object;

/** The extensions of files that `import` can load without a loader. */
const KNOWN = ['', '.js', '.cjs', '.mjs', '.json', '.node', '.wasm'];
if (typescript) KNOWN.push('.ts', '.cts', '.mts');

/** The codes of `import` for files that `require` may load: an unknown extension, or a backslash in the path. */
const CANNOT_IMPORT = ['ERR_UNKNOWN_FILE_EXTENSION', 'ERR_INVALID_MODULE_SPECIFIER'];

/** The options with which Node.js always imports the main module, through the hooks that they may have added. */
const IMPORTS = `${process.execArgv.join(' ')} ${process.env.NODE_OPTIONS}`.match(
  /--(import|loader|experimental-loader)\b/g,
);

/**
 * The exports of a module. The object has no prototype.
 * @typedef {object} Exports
 * @property {null} __proto__
 * @property {object} [namespace] Of an ES module.
 * @property {unknown} [commonJs] The `module.exports` of a CommonJS module.
 */

/** Returns the main module of this thread, if that is a CommonJS module. */
const mainModule = () => Module.createRequire(__filename).main;

/** The main module before the worker file is loaded. */
const before = mainModule();

/** Whether the worker file is a CommonJS module. */
const isCommonJs = () => mainModule() !== undefined && mainModule() !== before;

/**
 * Loads a module.
 * @param {string} file
 * @returns {Promise<Exports>}
 */
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
    if (!isCommonJs() || !mainModule()?.loaded) {
      await importHasBegun();
      namespace = await import(url);
    }
  }
  return isCommonJs() ? { __proto__: null, commonJs: mainModule()?.exports } : { __proto__: null, namespace };
}

/**
 * Resolves when Node.js has begun to import the main module. It must be the first to import that: the first `import` of
 * a module decides whether it is the main one. Node.js first passes the modules of `--import` to the hooks once more.
 * So this imports the same number of modules.
 */
async function importHasBegun() {
  await new Promise(/** @type {(resolve: (value?: unknown) => void) => void} */ (nextTurn));
  for (let number = 0; number < /** @type {number} */ (IMPORTS?.length); number++) {
    try {
      await import(`data:text/javascript,${number}`);
    } catch {
      // No hook knows the URL, but each has received it.
    }
  }
}

/**
 * Loads a file that needs a loader. This tries `import` and then `require`: a loader may support `require` only, and
 * Node.js does not use that with the options in `IMPORTS`.
 * @param {string} file
 * @param {string} url Of the file.
 * @returns {Promise<object | undefined>} the namespace, if the file was imported.
 */
async function importForeign(file, url) {
  try {
    return await import(url);
  } catch (error) {
    if (!CANNOT_IMPORT.includes(/** @type {any} */ (error)?.code)) throw error;
    try {
      Module._load(file, null, true);
    } catch (cause) {
      // No loader supports the file, and it is not JavaScript.
      if (!(cause instanceof SyntaxError) || path.extname(file) in Module._extensions) throw cause;
      /** @type {Error} */ (error).cause = cause;
      throw error;
    }
  }
}

/**
 * Awaits an export that is a promise. The result is wrapped, since an async function would call its `then`.
 * @param {unknown} value
 */
const settled = async (value) => ({ __proto__: null, value: isThenable(value) ? await value : value });

/**
 * Returns the names of a module's exports, without those that compilers and Node.js add.
 * @param {unknown} exported
 * @returns {string[]}
 */
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

/**
 * Whether a worker file that is still loading may export a function later. The source of an ES module is not parsed:
 * any occurrence of the word "default" counts.
 * @param {string} file
 */
function mayExport(file) {
  try {
    if (isCommonJs()) return hasFunction(mainModule()?.exports);
    return readFileSync(file, 'utf8').includes('default');
  } catch {
    return true; // a loader provides the source, or a getter of the exports throws
  }
}

/** @param {any} exported */
const hasFunction = (exported) => typeof exported === 'function' || typeof exported?.default === 'function';

/** @typedef {{ default?: unknown }} WithDefault */
/** @typedef {import('./function-worker').NamedFunctions} NamedFunctions */

/**
 * The exports of a loaded worker file. The object has no prototype.
 * @typedef {object} Loaded
 * @property {null} __proto__
 * @property {Function} [run] The default export, if that is a function.
 * @property {NamedFunctions} named The other exports that are functions.
 * @property {Function} [teardown] The export of that name, if it is a function. It is no task.
 * @property {string[]} names The names of all exports.
 */

/**
 * Loads a worker file. The exported function may also be the result of an exported promise. Rejects with what the file
 * throws.
 * @param {string} file
 * @returns {Promise<Loaded>}
 */
async function load(file) {
  const { namespace, commonJs } = await exportsOf(file);
  const { value } = await settled(namespace === undefined ? commonJs : /** @type {WithDefault} */ (namespace).default);
  const exported = namespace ?? value;
  const names = namesIn(exported);
  if (typeof value === 'function')
    return withTeardown({ __proto__: null, run: value, named: functionsIn(exported), names });
  // Compilers of ES modules to CommonJS nest the default export.
  const { value: inner } = await settled(/** @type {WithDefault} */ (value)?.default);
  const named = functionsIn(value);
  addFunctions(named, namespace);
  return withTeardown({ __proto__: null, run: typeof inner === 'function' ? inner : undefined, named, names });
}

/**
 * Separates the function to call before the thread ends from those that are tasks.
 * @param {Loaded} loaded
 * @returns {Loaded}
 */
function withTeardown(loaded) {
  const { teardown } = loaded.named;
  if (typeof teardown === 'function') loaded.teardown = teardown;
  delete loaded.named.teardown;
  return loaded;
}

/**
 * Returns the exports that are functions, without the default one.
 * @param {any} exported
 * @returns {NamedFunctions}
 */
function functionsIn(exported) {
  const functions = /** @type {NamedFunctions} */ (/** @type {object} */ ({ __proto__: null }));
  addFunctions(functions, exported);
  return functions;
}

/**
 * Adds the exported functions, except the default export.
 * @param {NamedFunctions} functions
 * @param {any} exported
 */
function addFunctions(functions, exported) {
  if ((typeof exported !== 'object' && typeof exported !== 'function') || exported === null) return;
  const all = keys(exported);
  for (let i = 0; i < all.length; i++) {
    const value = exported[all[i]];
    if (typeof value === 'function' && all[i] !== 'default') functions[all[i]] = value;
  }
}

module.exports = { load, mayExport };
